import type { mongo } from 'mongoose'
import { batches } from './batches.ts'
import { SCAN_LIMIT } from './time-limits.ts'
import { sendUpserts, sendWrites } from './writes.ts'

const BATCH_SIZE = 1_000

/** A change of documents that earlier versions have written. */
export interface Upgrade {
  name: string
  collection: string
  /** Matches the documents that lack the change. */
  outdated: mongo.Document
  /** The field that the change depends on. A document whose field changes meanwhile is left as its writer made it. */
  field: string
  /** Returns what to set in a document with this value of the field. */
  change(value: unknown): mongo.Document
}

/**
 * Upgrades documents once for a database. After a crash it begins anew, and two processes may do it at once.
 * @throws Error when a document can not be changed
 */
export async function upgradeOnce(db: mongo.Db, { name, collection, outdated, field, change }: Upgrade): Promise<void> {
  const mark = { _id: `upgrade ${name}` }
  if (await db.collection<{ _id: string }>('leases').findOne(mark)) return
  const found = db
    .collection(collection)
    .find(outdated, { ...SCAN_LIMIT, projection: { [field]: 1 }, batchSize: BATCH_SIZE })
  for await (const batch of batches(found)) {
    const updates = batch.map(({ _id, [field]: value }) => ({ q: { _id, [field]: value }, u: { $set: change(value) } }))
    const { failed } = await sendWrites(db, { update: collection, updates })
    if (failed[0]) throw new Error(`${collection}: the upgrade "${name}" failed: ${failed[0].errmsg}`)
  }
  await sendUpserts(db, 'leases', [{ q: mark, u: { $setOnInsert: { at: new Date() } } }])
}
