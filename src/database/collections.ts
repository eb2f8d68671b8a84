import type { mongo } from 'mongoose'
import type { Handles } from './connect.ts'
import { NO_LIMIT } from './time-limits.ts'

/** Name and indexes of a collection, declared beside its model. */
export interface CollectionSpec {
  name: string
  indexes: mongo.IndexDescription[]
}

const NAMESPACE_EXISTS = 48

/**
 * Creates the missing collections and indexes. Idempotent.
 * @throws MongoServerError when an index exists with other options
 */
export async function prepareCollections({ db }: Handles, specs: CollectionSpec[]): Promise<void> {
  const existing = new Set((await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name))
  for (const { name, indexes } of specs) {
    if (!existing.has(name)) await createIfMissing(db, name)
    if (indexes.length > 0) await db.collection(name).createIndexes(indexes, NO_LIMIT)
  }
}

/** Creates a collection unless it exists. Two processes may call it at once. */
export async function createIfMissing(
  db: mongo.Db,
  name: string,
  options: mongo.CreateCollectionOptions = {},
): Promise<void> {
  try {
    await db.createCollection(name, options)
  } catch (error) {
    if ((error as { code?: number }).code !== NAMESPACE_EXISTS) throw error
  }
}
