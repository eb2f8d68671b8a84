import type { mongo } from 'mongoose'
import { batches } from './batches.ts'
import { NO_LIMIT } from './time-limits.ts'
import { sendUpserts, sendWrites } from './writes.ts'

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

/** Upgrades documents once for a database. After a crash it begins anew, and two processes may do it at once. */
export async function upgradeOnce(db: mongo.Db, { name, collection, outdated, field, change }: Upgrade): Promise<void> {
  const done = db.collection<{ _id: string }>('leases')
  const _id = `upgrade ${name}`
  if (await done.findOne({ _id })) return
  const found = db.collection(collection).find(outdated, { ...NO_LIMIT, projection: { [field]: 1 } })
  for await (const batch of batches(found)) {
    const updates = batch.map(({ _id, [field]: value }) => ({ q: { _id, [field]: value }, u: { $set: change(value) } }))
    await sendWrites(db, { update: collection, updates })
  }
  await sendUpserts(db, 'leases', [{ q: { _id }, u: { $setOnInsert: { at: new Date() } } }])
}
