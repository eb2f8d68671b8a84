import mongoose, { type mongo } from 'mongoose'

/** The driver's handles of one database, for hot paths. */
export interface Handles {
  client: mongo.MongoClient
  db: mongo.Db
}

/** One connected database: the handles, and the mongoose connection for models. */
export interface Database extends Handles {
  connection: mongoose.Connection
}

/** What every write says itself, whatever the URI says: acknowledged by a majority. */
export const MAJORITY = { w: 'majority' } as const

/** What a read says itself where it must see every acknowledged write. */
export const CURRENT_READ = { readConcern: { level: 'majority' }, readPreference: 'primary' } as const

/**
 * Connects and waits for a first answer.
 * @throws MongoServerSelectionError after 10 s without a server
 */
export async function connect(uri: string, name: string): Promise<Database> {
  const connection = await mongoose
    .createConnection(uri, {
      dbName: name,
      autoCreate: false,
      autoIndex: false,
      maxPoolSize: 50,
      serverSelectionTimeoutMS: 10_000,
      writeConcern: MAJORITY,
    })
    .asPromise()
  const client = connection.getClient()
  return { connection, client, db: client.db(name) }
}

/** True for an error of the driver, or an item of a write command, that a unique index refused. */
export function isDuplicateKey(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 11000
}
