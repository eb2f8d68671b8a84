import type { mongo } from 'mongoose'
import type { Handles } from './connect.ts'

/** What a collection needs to stand: its name and its indexes, declared beside its model. */
export interface CollectionSpec {
  name: string
  indexes: mongo.IndexDescription[]
}

const NAMESPACE_EXISTS = 48

/**
 * Creates what is missing, collection by collection; repeating it changes nothing.
 * @throws the server's error where an index stands with other options
 */
export async function prepareCollections({ db }: Handles, specs: CollectionSpec[]): Promise<void> {
  for (const { name, indexes } of specs) {
    await createIfMissing(db, name)
    if (indexes.length > 0) await db.collection(name).createIndexes(indexes)
  }
}

/** Creates a collection unless it stands; two processes may try at once. */
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
