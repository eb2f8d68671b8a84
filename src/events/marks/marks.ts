import { randomBytes } from 'node:crypto'
import type { mongo } from 'mongoose'
import type { CollectionSpec } from '../../database/collections.ts'
import { sendDeletes, sendUpserts } from '../../database/writes.ts'
import { type Bucket, bucketId, bucketKey } from './buckets.ts'

export const marksCollection: CollectionSpec = { name: 'marks', indexes: [{ key: { start: 1 } }] }

/** A bucket that may have changed since it was last summed; whoever marks it again gives it a new token. */
export interface Mark {
  _id: Bucket
  imageId: string
  start: Date | null
  token: string
}

const AT_ONCE = 1000

/**
 * Marks each bucket with a fresh token and returns when all are acknowledged by a majority.
 * @returns the token of each bucket, by its key, and the database's time of the last reply, if it tells
 * @throws when any mark is not known to stand
 */
export async function putMarks(
  db: mongo.Db,
  buckets: Bucket[],
  session?: mongo.ClientSession,
): Promise<{ tokens: Map<string, string>; operation: number | undefined }> {
  const tokens = new Map<string, string>()
  let operation: number | undefined
  for (let from = 0; from < buckets.length; from += AT_ONCE) {
    const marks = buckets.slice(from, from + AT_ONCE).map(bucket => newMark(bucket))
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
 * Takes marks away whose token still stands; one that was marked again since then stays.
 * @throws when it is not known that they are gone
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
