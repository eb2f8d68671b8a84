import type { mongo } from 'mongoose'
import { sendDeletes } from './writes.ts'

const BATCH_SIZE = 1_000

/** What a write tells of the database's clock. */
interface Done {
  operation: number | undefined
}

/**
 * Deletes all documents that match, 1,000 at a time. Killed or failing in between, the next call goes on.
 * @param keys the fields that name one document, among them those of the shard key
 * @param around runs the deletion of each batch
 * @throws when it is not known that all of them are gone
 */
export async function deleteInBatches(
  db: mongo.Db,
  collection: string,
  match: mongo.Document,
  keys: string[],
  around: (batch: mongo.Document[], deletion: () => Promise<Done>) => Promise<unknown> = (_batch, deletion) =>
    deletion(),
): Promise<void> {
  const projection = Object.fromEntries(keys.map(key => [key, 1]))
  for (;;) {
    const batch = await db.collection(collection).find(match, { projection }).limit(BATCH_SIZE).toArray()
    if (batch.length === 0) return
    const deletes = batch.map(document => ({ q: document, limit: 1 as const }))
    await around(batch, async () => ({ operation: await sendDeletes(db, collection, deletes) }))
    if (batch.length < BATCH_SIZE) return
  }
}
