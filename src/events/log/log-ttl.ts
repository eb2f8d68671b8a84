import type { mongo } from 'mongoose'
import { EVENTS, type Layout } from './log.ts'

const FOREVER = 100 * 365 * 86_400_000

/** How long the log keeps events, in ms (a hundred years where it has no limit), as it stands in the database; it can be changed there at any time. */
export async function logTtl(db: mongo.Db, layout: Layout): Promise<number> {
  const seconds = layout === 'timeseries' ? await timeseriesTtl(db) : (await ttlIndex(db))?.expireAfterSeconds
  return seconds === undefined ? FOREVER : seconds * 1000
}

/** Changes how long the log keeps events, in ms. */
export async function setLogTtl(db: mongo.Db, layout: Layout, ttl: number): Promise<void> {
  await db.command(ttlCommand(layout, ttl))
}

/** The command that changes it, as one types it into mongosh. */
export function ttlCommand(layout: Layout, ttl: number): mongo.Document {
  const expireAfterSeconds = Math.round(ttl / 1000)
  const change =
    layout === 'timeseries' ? { expireAfterSeconds } : { index: { keyPattern: { at: 1 }, expireAfterSeconds } }
  return { collMod: EVENTS, ...change }
}

/** Whether anything limits how long the plain log keeps events. */
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
