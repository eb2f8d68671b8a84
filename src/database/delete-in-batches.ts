import type { mongo } from 'mongoose'
import { sendDeletes } from './writes.ts'

const BATCH_SIZE = 1_000

/** The database's clock at the reply of a write, in seconds, if the reply has it. */
interface Done {
  operation: number | undefined
}

/**
 * Deletes all documents that match, 1,000 at a time. After a crash or an error, the next call deletes the rest.
 * @param keys the fields that identify a document, the shard key included
 * @param around called for each batch; it must run the deletion
 * @throws Error when it is unknown whether all of them are deleted
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
