import type { Database } from '../../../src/database/connect.ts'
import type { LoggedEvent } from '../../../src/events/event.ts'
import { eventId } from '../../../src/events/event-id.ts'
import type { Log } from '../../../src/events/log/log.ts'
import { type Bucket, bucketKey, bucketOf, bucketsAbove, SITE } from '../../../src/events/marks/buckets.ts'
import { rollUpBuckets } from '../../../src/rollups/aggregation/roll-up-buckets.ts'
import { randomFrom } from '../../lib/random.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const IMAGES = 50
const BATCH_SIZE = 5_000
const ROLLUP_BATCH_SIZE = 200

/** The images of the history, the most popular first. */
export const imageIds = Array.from({ length: IMAGES }, (_, i) => `history-${i}`)

/**
 * Fills the event log with a month whose days have six busy hours, and rolls it up: past days from hours, today from minutes.
 * @param events their number
 */
export async function makeHistory({ client, db }: Database, log: Log, events: number): Promise<void> {
  const marked = new Map<string, Bucket>()
  const mark = (bucket: Bucket) => marked.set(bucketKey(bucket), bucket)
  const random = randomFrom(events)
  for (let made = 0; made < events; made += BATCH_SIZE) {
    const batch = Array.from({ length: Math.min(BATCH_SIZE, events - made) }, (_, i) => randomEvent(made + i, random))
    await log.insert(batch)
    for (const { imageId, at } of batch) mark(bucketOf(imageId, isToday(at) ? 'minute' : 'hour', at))
  }
  const levels = ['minute', 'hour', 'site', 'day', 'month', 'total'] as const
  for (const level of levels) {
    const due = [...marked.values()].filter(({ imageId, grain }) => {
      return level === (grain === 'hour' && imageId === SITE ? 'site' : grain)
    })
    for (let first = 0; first < due.length; first += ROLLUP_BATCH_SIZE) {
      const buckets = due.slice(first, first + ROLLUP_BATCH_SIZE)
      await client.withSession(session => rollUpBuckets(buckets, { db, log }, session))
    }
    for (const bucket of due.flatMap(bucketsAbove)) mark(bucket)
  }
}

function isToday(at: Date): boolean {
  return Date.now() - at.getTime() < DAY_MS
}

/** Returns an event; most are nine to forty days old, where hours are rolled up from the log itself. */
function randomEvent(n: number, random: () => number): LoggedEvent {
  const now = Date.now()
  const today = random() < 0.02
  const past =
    Math.floor(now / DAY_MS) * DAY_MS -
    (9 + Math.floor(random() * 30)) * DAY_MS +
    (8 + Math.floor(random() * 6)) * HOUR_MS
  const at = new Date(today ? now - (1 + Math.floor(random() * 10)) * 60_000 : past + Math.floor(random() * HOUR_MS))
  const imageId = imageIds[Math.floor(random() ** 3 * IMAGES)] ?? ''
  const dwell = random() < 0.2
  return {
    _id: eventId(at, 'history', String(n), imageId),
    imageId,
    at,
    type: dwell ? 'dwell' : random() < 0.7 ? 'impression' : 'view',
    ...(dwell ? { durationMs: Math.floor(random() * 9_000) } : {}),
    person: `v:bench:v${Math.floor(random() * 100_000)}`,
    geography: { country: ['CH', 'DE', 'FR', 'US'][Math.floor(random() * 4)] ?? 'CH' },
  }
}
