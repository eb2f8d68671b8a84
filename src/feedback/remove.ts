import type { mongo } from 'mongoose'
import { sendDeletes } from '../database/writes.ts'
import type { CoveredBuckets } from '../events/covered.ts'
import { type Bucket, distinct } from '../events/grains.ts'
import { COMMENTS } from './comment.ts'
import { FEEDBACK } from './feedback.ts'

const AT_ONCE = 1_000

/**
 * Removes what everybody thinks of an image, or all that a person thinks, some at a time; what is counted from it is marked
 * before. Killed or failing in between, the next call goes on.
 * @throws when it is not known that all of it is gone
 */
export async function removeFeedback(
  of: { imageId: string } | { person: string },
  db: mongo.Db,
  covered: CoveredBuckets,
): Promise<void> {
  for (;;) {
    const some = await findSome(of, FEEDBACK, ['_id', 'imageId', 'person'], db)
    const buckets = some.map(({ imageId }): Bucket => ({ imageId, grain: 'current', start: null }))
    await covered.whileMarked(distinct(buckets), () => removeEach(some, FEEDBACK, db))
    if (some.length < AT_ONCE) return
  }
}

/** Removes the comments on an image, or all that an account wrote, some at a time; killed or failing in between, the next call goes on. */
export async function removeComments(of: { imageId: string } | { userId: string }, db: mongo.Db): Promise<void> {
  for (;;) {
    const some = await findSome(of, COMMENTS, ['_id', 'imageId'], db)
    await removeEach(some, COMMENTS, db)
    if (some.length < AT_ONCE) return
  }
}

/** Some of the documents, by the fields that name each and its shard. */
function findSome(of: mongo.Document, collection: string, names: string[], db: mongo.Db): Promise<mongo.Document[]> {
  const projection = Object.fromEntries(names.map(name => [name, 1]))
  return db.collection(collection).find(of, { projection }).limit(AT_ONCE).toArray()
}

async function removeEach(documents: mongo.Document[], collection: string, db: mongo.Db) {
  if (documents.length === 0) return { operation: undefined }
  const deletes = documents.map(document => ({ q: document, limit: 1 as const }))
  return { operation: await sendDeletes(db, collection, deletes) }
}
