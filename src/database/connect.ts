import mongoose, { type mongo } from 'mongoose'

/** Handles of the MongoDB driver for one database. */
export interface Handles {
  client: mongo.MongoClient
  db: mongo.Db
}

/** A connected database: the driver's handles and the mongoose connection for models. */
export interface Database extends Handles {
  connection: mongoose.Connection
}

/** Write concern of every write, whatever the connection string says. */
export const MAJORITY = { w: 'majority' } as const

/** Options of a read that must see every acknowledged write. */
export const CURRENT_READ = { readConcern: { level: 'majority' }, readPreference: 'primary' } as const

/**
 * Connects to a MongoDB server and waits until it answers.
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

/** Whether an error of the driver, or a failed item of a write command, is a duplicate key (code 11000). */
export function isDuplicateKey(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 11000
}
