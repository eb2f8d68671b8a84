import { randomBytes } from 'node:crypto'
import type { mongo } from 'mongoose'
import type { CollectionSpec } from '../../database/collections.ts'
import { sendDeletes, sendUpserts } from '../../database/writes.ts'
import { type Bucket, bucketId, bucketKey } from './buckets.ts'

export const marksCollection: CollectionSpec = { name: 'marks', indexes: [{ key: { start: 1 } }] }

/** Says that a bucket may have changed since it was last rolled up. Marking it again replaces the token. */
export interface Mark {
  _id: Bucket
  imageId: string
  start: Date | null
  token: string
}

const BATCH_SIZE = 1000

/**
 * Upserts a mark with a new random token for each bucket, acknowledged by a majority.
 * @returns the token of each bucket by its key, and the `operationTime` of the last reply in seconds, if it has one
 * @throws when the outcome of any upsert is unknown
 */
export async function putMarks(
  db: mongo.Db,
  buckets: Bucket[],
  session?: mongo.ClientSession,
): Promise<{ tokens: Map<string, string>; operation: number | undefined }> {
  const tokens = new Map<string, string>()
  let operation: number | undefined
  for (let from = 0; from < buckets.length; from += BATCH_SIZE) {
    const marks = buckets.slice(from, from + BATCH_SIZE).map(bucket => newMark(bucket))
    const updates = marks.map(({ _id, imageId, start, token }) => ({
      q: { _id, imageId },
      u: { $set: { start, token } },
    }))
    operation = await sendUpserts(db, 'marks', updates, session)
    for (const mark of marks) tokens.set(bucketKey(mark._id), mark.token)
  }
  return { tokens, operation }
}

/**
 * Deletes the marks whose token has not changed. A bucket that was marked again keeps its mark.
 * @throws when the outcome of any delete is unknown
 */
export async function deleteMarks(db: mongo.Db, marks: Mark[], session?: mongo.ClientSession): Promise<void> {
  if (marks.length === 0) return
  const deletes = marks.map(({ _id, imageId, token }) => ({ q: { _id, imageId, token }, limit: 1 as const }))
  await sendDeletes(db, 'marks', deletes, session)
}

function newMark(bucket: Bucket): Mark {
  const { imageId, start } = bucket
  return { _id: bucketId(bucket), imageId, start, token: randomBytes(12).toString('base64url') }
}
