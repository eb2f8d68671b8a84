import mongoose, { type mongo } from 'mongoose'
import { ORDINARY_MS, socketTimeout, withTimeLimit } from './time-limits.ts'

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
 * Connects to a MongoDB server and waits until it answers. No command takes longer than its limit, even if the server stands still.
 * @param timeLimit limit of commands that have none of their own, in ms
 * @throws MongoServerSelectionError after 10 s without a server
 */
export async function connect(uri: string, name: string, timeLimit = ORDINARY_MS): Promise<Database> {
  const connection = await mongoose
    .createConnection(uri, {
      dbName: name,
      autoCreate: false,
      autoIndex: false,
      maxPoolSize: 50,
      serverSelectionTimeoutMS: 10_000,
      waitQueueTimeoutMS: 10_000,
      connectTimeoutMS: 10_000,
      socketTimeoutMS: socketTimeout(timeLimit),
      writeConcern: MAJORITY,
    })
    .asPromise()
  const client = connection.getClient()
  const db = withTimeLimit(client.db(name), timeLimit)
  // Models use it too: mongoose's own setting applies to some of their commands only.
  Object.assign(connection, { db })
  return { connection, client, db }
}

/** Whether an error of the driver, or a failed item of a write command, is a duplicate key (code 11000). */
export function isDuplicateKey(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 11000
}
