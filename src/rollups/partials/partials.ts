import type { mongo } from 'mongoose'
import type { CollectionSpec } from '../../database/collections.ts'
import { CURRENT_READ } from '../../database/connect.ts'
import { SCAN_LIMIT } from '../../database/time-limits.ts'
import { sendDeletes, sendUpserts, sendWrites } from '../../database/writes.ts'
import { type Bucket, bucketKey } from '../../events/marks/buckets.ts'
import { type SumParts, sumOf } from '../aggregation/sum.ts'

const PARTIALS = 'partials'
/** How long after its beginning a minute has provisional roll-ups. Older ones are summed from the log only: no client watches them change. */
export const OPEN_MS = 10 * 60_000
/** Partial sums are used for some minutes; those of a process that died stay until then. */
const KEPT_MS = 6 * 3_600_000
const BATCH_SIZE = 500

export const partialsCollection: CollectionSpec = {
  name: PARTIALS,
  indexes: [{ key: { expiresAt: 1 }, expireAfterSeconds: 0 }],
}

/** The events of a minute of an image, summed by each process that has stored some of them. */
interface Partials {
  _id: { imageId: string; start: Date }
  imageId: string
  /** The sums by the id of the process. */
  sums?: Record<string, SumParts>
  /** Hashes of people whose events were deleted: the sums may count them. */
  distrustedFor?: string[]
  expiresAt: Date
}

/** A minute of an image, and its sum. */
export interface Partial {
  bucket: Bucket
  parts: SumParts
}

/** Replaces the partial sums of a process. */
export async function writePartials(db: mongo.Db, writer: string, partials: Partial[]): Promise<void> {
  for (let from = 0; from < partials.length; from += BATCH_SIZE) {
    const updates = partials
      .slice(from, from + BATCH_SIZE)
      .map(({ bucket, parts }) => updateOf(bucket, { [`sums.${writer}`]: parts }))
    await sendUpserts(db, PARTIALS, updates)
  }
}

/**
 * Makes sure that minutes are summed from the log, whatever processes write. Called before the events of a person are deleted.
 * @param person hash of the person
 */
export async function distrustPartials(db: mongo.Db, minutes: Bucket[], person: bigint): Promise<void> {
  const distrust = { $addToSet: { distrustedFor: nameOf(person) } }
  // Only minutes that are open may get partial sums later; of others those that exist are distrusted.
  const oldest = Date.now() - 2 * OPEN_MS
  const isOpen = ({ start }: Bucket) => start !== null && start.getTime() >= oldest
  const updatesOf = (buckets: Bucket[]) => buckets.map(bucket => updateOf(bucket, {}, distrust))
  const open = updatesOf(minutes.filter(isOpen))
  const closed = updatesOf(minutes.filter(bucket => !isOpen(bucket)))
  if (open.length > 0) await sendUpserts(db, PARTIALS, open)
  if (closed.length === 0) return
  const { failed } = await sendWrites(db, { update: PARTIALS, updates: closed })
  if (failed[0]) throw new Error(`distrusting a partial sum failed: ${failed[0].errmsg}`)
}

/** Whether minutes that were distrusted for a person have yet to settle: until then roll-ups above them may count the person. */
export async function isDistrustedFor(db: mongo.Db, person: bigint): Promise<boolean> {
  const options = { ...CURRENT_READ, ...SCAN_LIMIT, projection: { _id: 1 } }
  return (await db.collection<Partials>(PARTIALS).findOne({ distrustedFor: nameOf(person) }, options)) !== null
}

/** Returns the sum of each minute over all processes, by bucket key, and the minutes without one. Distrusted minutes are in neither. */
export async function readPartials(
  db: mongo.Db,
  minutes: Bucket[],
  session: mongo.ClientSession,
): Promise<{ partials: Map<string, SumParts>; missing: Bucket[] }> {
  const partials = new Map<string, SumParts>()
  const missing = new Map(minutes.map(bucket => [bucketKey(bucket), bucket]))
  if (minutes.length === 0) return { partials, missing: [] }
  const filter = {
    imageId: { $in: [...new Set(minutes.map(({ imageId }) => imageId))] },
    _id: { $in: minutes.map(idOf) },
  }
  const found = db.collection<Partials>(PARTIALS, { promoteBuffers: true }).find(filter, { ...CURRENT_READ, session })
  for await (const { _id, sums: own = {}, distrustedFor } of found) {
    const key = bucketKey({ ..._id, grain: 'minute' })
    missing.delete(key)
    if (!distrustedFor) partials.set(key, sumOf(Object.values(own)))
  }
  return { partials, missing: [...missing.values()] }
}

/** Deletes the partial sums of minutes that have settled. */
export async function deletePartials(db: mongo.Db, minutes: Bucket[], session: mongo.ClientSession): Promise<void> {
  if (minutes.length === 0) return
  const deletes = minutes.map(bucket => ({ q: { _id: idOf(bucket), imageId: bucket.imageId }, limit: 1 as const }))
  await sendDeletes(db, PARTIALS, deletes, session)
}

function updateOf(bucket: Bucket, set: mongo.Document, more: mongo.Document = {}): mongo.Document {
  const expiresAt = new Date((bucket.start?.getTime() ?? 0) + KEPT_MS)
  return { q: { _id: idOf(bucket), imageId: bucket.imageId }, u: { $set: { expiresAt, ...set }, ...more } }
}

function nameOf(person: bigint): string {
  return person.toString(16)
}

/** Returns the `_id` of the partial sums of a minute. MongoDB compares documents in the order of their keys. */
function idOf({ imageId, start }: Bucket): { imageId: string; start: Date } {
  return { imageId, start: start ?? new Date(0) }
}
