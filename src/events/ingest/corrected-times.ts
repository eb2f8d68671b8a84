import type { mongo } from 'mongoose'
import type { CollectionSpec } from '../../database/collections.ts'
import { CURRENT_READ } from '../../database/connect.ts'
import { sendUpserts } from '../../database/writes.ts'
import type { LoggedEvent } from '../event.ts'
import { atTime } from '../event-id.ts'

const CORRECTED_TIMES = 'correctedtimes'
const DAY_MS = 86_400_000

/** The times that were given to events when they were first sent, by the id that they have at the sender's time. */
export const correctedTimesCollection: CollectionSpec = {
  name: CORRECTED_TIMES,
  indexes: [{ key: { expiresAt: 1 }, expireAfterSeconds: 0 }],
}

interface CorrectedTime {
  _id: string
  at: Date
  expiresAt: Date
}

/**
 * Gives events of a sender whose clock was corrected the times that they got when they were first sent: each attempt measures the clock
 * anew, and an event at another time would count again. Only events with an id of their client can be repeated. After a crash the times
 * stand, without events.
 * @param offset what was added to the sender's times, in ms
 * @param window the acceptance window, in ms; no clock is corrected by more, so that a repetition within it finds the times
 */
export async function keepCorrectedTimes(
  events: LoggedEvent[],
  offset: number,
  { db, window }: { db: mongo.Db; window: number },
): Promise<void> {
  const repeatable = events.filter(({ arrival }) => arrival !== undefined)
  if (repeatable.length === 0) return
  const sent = repeatable.map(event => atTime(event._id, new Date(event.at.getTime() - offset)))
  const expiresAt = new Date(Date.now() + 2 * window + DAY_MS)
  const times = new Map(repeatable.map(({ at }, index) => [sent[index], at]))
  await sendUpserts(
    db,
    CORRECTED_TIMES,
    [...times].map(([_id, at]) => ({ q: { _id }, u: { $setOnInsert: { at, expiresAt } } })),
  )
  const kept = db.collection<CorrectedTime>(CORRECTED_TIMES).find({ _id: { $in: sent } }, CURRENT_READ)
  for await (const { _id, at } of kept) times.set(_id, at)
  for (const [index, event] of repeatable.entries()) {
    event.at = times.get(sent[index]) ?? event.at
    event._id = atTime(event._id, event.at)
  }
}
