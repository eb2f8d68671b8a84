import type { mongo } from 'mongoose'
import { sendWrites } from '../database/writes.ts'
import type { CoveredBuckets } from '../events/covered.ts'
import { COMMENTS } from './comment.ts'
import { FEEDBACK } from './feedback.ts'

const AT_ONCE = 1_000

/**
 * Removes what everybody thinks of an image, some at a time; what is counted from it is marked before. Killed in between, the
 * next call goes on.
 */
export async function removeFeedbackOf(imageId: string, db: mongo.Db, covered: CoveredBuckets): Promise<void> {
  const current = [{ imageId, grain: 'current' as const, start: null }]
  const removeSome = () => covered.whileMarked(current, () => removeBatch(imageId, FEEDBACK, ['_id', 'person'], db))
  while ((await removeSome()).more);
}

/** Removes the comments on an image, some at a time; killed in between, the next call goes on. */
export async function removeCommentsOf(imageId: string, db: mongo.Db): Promise<void> {
  while ((await removeBatch(imageId, COMMENTS, ['_id'], db)).more);
}

/** Deletes by the fields that name a document and its shard. */
async function removeBatch(imageId: string, collection: string, names: string[], db: mongo.Db) {
  const projection = Object.fromEntries(names.map(name => [name, 1]))
  const found = await db.collection(collection).find({ imageId }, { projection }).limit(AT_ONCE).toArray()
  if (found.length === 0) return { more: false, operation: undefined }
  const deletes = found.map(document => ({ q: { ...document, imageId }, limit: 1 }))
  const { operation } = await sendWrites(db, { delete: collection, deletes, ordered: false })
  return { more: found.length === AT_ONCE, operation }
}
