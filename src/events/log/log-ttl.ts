import type { mongo } from 'mongoose'
import { EVENTS, type Layout } from './log.ts'

const NO_TTL_MS = 100 * 365 * 86_400_000

/** Reads the TTL of the event log from the database, in ms; a hundred years when it has none. An operator can change it at any time. */
export async function logTtl(db: mongo.Db, layout: Layout): Promise<number> {
  const seconds = layout === 'timeseries' ? await timeseriesTtl(db) : (await ttlIndex(db))?.expireAfterSeconds
  return seconds === undefined ? NO_TTL_MS : seconds * 1000
}

/** Sets the TTL of the event log, in ms. */
export async function setLogTtl(db: mongo.Db, layout: Layout, ttl: number): Promise<void> {
  await db.command(ttlCommand(layout, ttl))
}

/** Returns the `collMod` command that sets the TTL, for `db.command` or for mongosh. @param ttl in ms */
export function ttlCommand(layout: Layout, ttl: number): mongo.Document {
  const expireAfterSeconds = Math.round(ttl / 1000)
  const change =
    layout === 'timeseries' ? { expireAfterSeconds } : { index: { keyPattern: { at: 1 }, expireAfterSeconds } }
  return { collMod: EVENTS, ...change }
}

/** Whether the plain log has a TTL index. */
export async function hasTtlIndex(db: mongo.Db): Promise<boolean> {
  return (await ttlIndex(db)) !== undefined
}

async function ttlIndex(db: mongo.Db) {
  return (await db.collection(EVENTS).indexes()).find(index => index.expireAfterSeconds !== undefined)
}

async function timeseriesTtl(db: mongo.Db): Promise<number | undefined> {
  const [found] = await db.listCollections({ name: EVENTS }, { nameOnly: false }).toArray()
  return (found as { options?: { expireAfterSeconds?: number } } | undefined)?.options?.expireAfterSeconds
}
