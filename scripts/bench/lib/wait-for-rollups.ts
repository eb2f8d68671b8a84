import { setTimeout as pause } from 'node:timers/promises'
import type { mongo } from 'mongoose'

/** Waits until no bucket is marked. */
export async function waitForRollups(db: mongo.Db): Promise<void> {
  while ((await db.collection('marks').countDocuments({}, { limit: 1 })) > 0) await pause(200)
}
