import { randomBytes } from 'node:crypto'
import mongoose from 'mongoose'
import type { Test } from 'tap'
import type { LogLayout } from '../../../src/config/config.ts'

/** The server that the run was started with. */
export function serverUri(): string {
  const uri = process.env.MONGODB_URI
  if (!uri) throw new Error('no MONGODB_URI: run the tests by `npm test`')
  return uri
}

/** The layout of the log that the run asks for. */
export function askedLayout(): LogLayout {
  return (process.env.EVENT_LOG || 'auto') as LogLayout
}

/** A name for a database that no other test has. */
export function freshDatabase(): string {
  return `test-${randomBytes(6).toString('hex')}`
}

/** A database of this test's own, dropped when it ends. */
export async function ownDatabase(t: Test) {
  const client = await mongoose.mongo.MongoClient.connect(serverUri(), { monitorCommands: true })
  const db = client.db(freshDatabase())
  t.teardown(async () => {
    await db.dropDatabase()
    await client.close()
  })
  return { client, db }
}
