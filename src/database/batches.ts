import type { mongo } from 'mongoose'

/** What a cursor finds, as many documents at a time as its batches hold: one wait for each batch. Who leaves early closes it. */
export async function* batches<Item>(
  cursor: mongo.FindCursor<Item> | mongo.AggregationCursor<Item>,
): AsyncGenerator<Item[]> {
  try {
    while (await cursor.hasNext()) yield cursor.readBufferedDocuments()
  } finally {
    await cursor.close()
  }
}
