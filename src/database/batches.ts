import type { mongo } from 'mongoose'

/** Yields the documents of a cursor batch by batch, with one await for each batch. Leaving the loop closes the cursor. */
export async function* batches<Item>(
  cursor: mongo.FindCursor<Item> | mongo.AggregationCursor<Item>,
): AsyncGenerator<Item[]> {
  try {
    while (await cursor.hasNext()) yield cursor.readBufferedDocuments()
  } finally {
    await cursor.close()
  }
}
