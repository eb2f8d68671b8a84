import { randomBytes } from 'node:crypto'
import mongoose, { type mongo } from 'mongoose'
import type { CollectionSpec } from '../../database/collections.ts'
import { CURRENT_READ } from '../../database/connect.ts'
import { sendDeletes, sendUpserts } from '../../database/writes.ts'
import { type Bucket, bucketId, bucketKey, SITE } from './buckets.ts'

export const MARKS = 'marks'
export const marksCollection: CollectionSpec = { name: MARKS, indexes: [{ key: { start: 1 } }] }

/** Says that a bucket may have changed since it was last rolled up. Marking it again replaces the token. */
export interface Mark {
  _id: Bucket
  imageId: string
  /** The earliest time whose events may be missing from the roll-up; null for current counts, which have no time. */
  start: Date | null
  token: string
}

const BATCH_SIZE = 1000
/** The latest time that a Date can hold. */
const MAX_DATE = new Date(8.64e15)

/**
 * Upserts a mark with a new random token for each bucket, acknowledged by a majority.
 * @param since the earliest time that may be missing from a bucket; a mark that exists keeps an earlier one
 * @returns the token of each bucket by its key, and the `operationTime` of the last reply in seconds, if it has one
 * @throws when the outcome of any upsert is unknown
 */
export async function putMarks(
  db: mongo.Db,
  buckets: Bucket[],
  {
    session,
    since = ({ start }) => start,
  }: { session?: mongo.ClientSession; since?: (bucket: Bucket) => Date | null } = {},
): Promise<{ tokens: Map<string, string>; operation: number | undefined }> {
  const tokens = new Map<string, string>()
  let operation: number | undefined
  for (let from = 0; from < buckets.length; from += BATCH_SIZE) {
    const marks = buckets.slice(from, from + BATCH_SIZE).map(bucket => newMark(bucket, since(bucket)))
    const updates = marks.map(({ _id, imageId, start, token }) => ({
      q: { _id, imageId },
      u: { $set: { token }, $min: { start } },
    }))
    operation = await sendUpserts(db, MARKS, updates, session)
    for (const mark of marks) tokens.set(bucketKey(mark._id), mark.token)
  }
  return { tokens, operation }
}

/** Returns the existing marks of buckets. */
export async function readMarks(db: mongo.Db, buckets: Bucket[], session: mongo.ClientSession): Promise<Mark[]> {
  if (buckets.length === 0) return []
  const imageIds = [...new Set(buckets.map(({ imageId }) => imageId))]
  const filter = { imageId: { $in: imageIds }, _id: { $in: buckets.map(bucketId) } }
  return db
    .collection<Mark>(MARKS)
    .find(filter, { ...CURRENT_READ, session })
    .toArray()
}

/**
 * Deletes the marks whose token has not changed. A bucket that was marked again keeps its mark.
 * @throws when the outcome of any delete is unknown
 */
export async function deleteMarks(db: mongo.Db, marks: Mark[], session?: mongo.ClientSession): Promise<void> {
  if (marks.length === 0) return
  const deletes = marks.map(({ _id, imageId, token }) => ({ q: { _id, imageId, token }, limit: 1 as const }))
  await sendDeletes(db, MARKS, deletes, session)
}

function newMark(bucket: Bucket, start: Date | null): Mark {
  return { _id: bucketId(bucket), imageId: bucket.imageId, start, token: randomBytes(12).toString('base64url') }
}

/**
 * Returns the earliest time whose events may be missing from the roll-ups of an image, or of the site. Undefined when all events that
 * were acknowledged before are in all of them, exactly once: a mark is put before its event, and goes after the roll-ups.
 */
export async function pendingSince(
  db: mongo.Db,
  imageId: string,
  options: mongo.AggregateOptions = {},
): Promise<Date | undefined> {
  const ofImage = { imageId, _id: { $gt: { imageId }, $lt: { imageId, grain: new mongoose.mongo.MaxKey() } } }
  const oldest =
    imageId === SITE
      ? [{ $match: { start: { $lt: MAX_DATE } } }, { $sort: { start: 1 } }, { $limit: 1 }]
      : [{ $match: ofImage }, { $group: { _id: null, start: { $min: '$start' } } }]
  const [found] = await db
    .collection(MARKS)
    .aggregate<Pick<Mark, 'start'>>(oldest, { ...CURRENT_READ, ...options })
    .toArray()
  return found?.start ?? undefined
}
