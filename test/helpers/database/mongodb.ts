import { randomBytes } from 'node:crypto'
import mongoose from 'mongoose'
import type { Test } from 'tap'
import type { LogLayout } from '../../../src/config/config.ts'

/** The URI of the server of the test run. */
export function serverUri(): string {
  const uri = process.env.MONGODB_URI
  if (!uri) throw new Error('no MONGODB_URI: run the tests by `npm test`')
  return uri
}

/** The layout of the event log that the test run selects. */
export function askedLayout(): LogLayout {
  return (process.env.EVENT_LOG || 'auto') as LogLayout
}

/** A database name that no other test uses. */
export function freshDatabase(): string {
  return `test-${randomBytes(6).toString('hex')}`
}

/** Opens a database of the test's own, which is dropped when the test ends. */
export async function ownDatabase(t: Test) {
  const client = await mongoose.mongo.MongoClient.connect(serverUri(), { monitorCommands: true })
  const db = client.db(freshDatabase())
  t.teardown(async () => {
    await db.dropDatabase()
    await client.close()
  })
  return { client, db }
}

/** Whether the server is the embedded engine's gateway to DocumentDB, not a `mongod`. */
export async function isGateway(db: mongoose.mongo.Db): Promise<boolean> {
  return (await db.command({ buildInfo: 1 })).gitVersion === 'documentdb'
}
