import { setTimeout as pause } from 'node:timers/promises'
import type { mongo } from 'mongoose'

const MINUTE_MS = 60_000

/** Waits until no bucket is marked. */
export async function waitForRollups(db: mongo.Db): Promise<void> {
  while ((await db.collection('marks').countDocuments({}, { limit: 1 })) > 0) await pause(200)
}

/**
 * Waits until no bucket is marked and a new minute begins: then no minute that is written to next has settled before.
 * @param later waits for this time into the minute, in ms
 */
export async function waitForNewMinute(db: mongo.Db, later = 0): Promise<void> {
  await waitForRollups(db)
  await pause(MINUTE_MS - (Date.now() % MINUTE_MS) + later)
}
