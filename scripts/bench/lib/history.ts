import type { Database } from '../../../src/database/connect.ts'
import type { LoggedEvent } from '../../../src/events/event.ts'
import { eventId } from '../../../src/events/event-id.ts'
import type { Log } from '../../../src/events/log/log.ts'
import { type Bucket, bucketKey, bucketOf, bucketsAbove, SITE } from '../../../src/events/marks/buckets.ts'
import { rollUpBuckets } from '../../../src/rollups/aggregation/roll-up-buckets.ts'
import { randomFrom } from '../../lib/random.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const IMAGES = 50
const BATCH = 5_000
const FOLDED_AT_ONCE = 200

export const imageIds = Array.from({ length: IMAGES }, (_, i) => `history-${i}`)

/** Fills a log with a month of which each day has six busy hours, and sums it: by hours what is past, by minutes today. */
export async function makeHistory({ client, db }: Database, log: Log, events: number): Promise<void> {
  const marked = new Map<string, Bucket>()
  const mark = (bucket: Bucket) => marked.set(bucketKey(bucket), bucket)
  const random = randomFrom(events)
  for (let made = 0; made < events; made += BATCH) {
    const some = Array.from({ length: Math.min(BATCH, events - made) }, (_, i) => anEvent(made + i, random))
    await log.insert(some)
    for (const { imageId, at } of some) mark(bucketOf(imageId, isToday(at) ? 'minute' : 'hour', at))
  }
  const levels = ['minute', 'hour', 'site', 'day', 'month', 'total'] as const
  for (const level of levels) {
    const due = [...marked.values()].filter(({ imageId, grain }) => {
      return level === (grain === 'hour' && imageId === SITE ? 'site' : grain)
    })
    for (let first = 0; first < due.length; first += FOLDED_AT_ONCE) {
      const some = due.slice(first, first + FOLDED_AT_ONCE)
      await client.withSession(session => rollUpBuckets(some, { db, log }, session))
    }
    for (const bucket of due.flatMap(bucketsAbove)) mark(bucket)
  }
}

function isToday(at: Date): boolean {
  return Date.now() - at.getTime() < DAY
}

/** Most of it happened nine to forty days ago, where hours are summed from the log itself. */
function anEvent(n: number, random: () => number): LoggedEvent {
  const now = Date.now()
  const today = random() < 0.02
  const past =
    Math.floor(now / DAY) * DAY - (9 + Math.floor(random() * 30)) * DAY + (8 + Math.floor(random() * 6)) * HOUR
  const at = new Date(today ? now - (1 + Math.floor(random() * 10)) * 60_000 : past + Math.floor(random() * HOUR))
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
