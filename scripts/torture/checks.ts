import { loadConfig } from '../../src/config/config.ts'
import type { Database } from '../../src/database/connect.ts'
import { SCAN_LIMIT } from '../../src/database/time-limits.ts'
import type { LoggedEvent } from '../../src/events/event.ts'
import { eventId, placeOfEvent } from '../../src/events/event-id.ts'
import { EVENTS_ONCE } from '../../src/events/log/log.ts'
import { bucketKey, bucketOf, SITE } from '../../src/events/marks/buckets.ts'
import { verify } from '../../src/rollups/audit/verify.ts'
import { type Rollup, rollups } from '../../src/rollups/rollup.ts'
import { openLogOf } from '../lib/database.ts'
import { waitUntil } from './test-bed.ts'
import type { SentEvent } from './writer.ts'

const DAY_MS = 86_400_000

/** Number of faults of each kind, and of the events and buckets that were checked. */
interface Findings {
  /** Acknowledged events that are not in the log. */
  lost: number
  /** Ids that are in the log more than once. */
  duplicates: number
  wrongBuckets: number
  wrongFeedback: number
  events: number
  buckets: number
}

/** Compares the log with the acknowledged events, and all roll-ups and feedback with the log, by an independent count. */
export async function check({ db }: Database, acknowledged: SentEvent[], app: string): Promise<Findings> {
  const expected = new Map<string, Record<string, number>>()
  const seen = new Map<string, number>()
  const registers = new Map<string, { eventId: string; value: unknown }>()
  for await (const event of db.collection<LoggedEvent>(EVENTS_ONCE).find({}, SCAN_LIMIT)) {
    const id = String(event._id)
    seen.set(id, (seen.get(id) ?? 0) + 1)
    addTo(expected, event)
    applyToRegisters(registers, event)
  }
  const ids = acknowledged.map(({ at, id, imageId, type }) => eventId(new Date(at), `app:${app}`, id, imageId, type))
  const found = new Map<string, Rollup>()
  for await (const rollup of rollups(db).find({ '_id.grain': { $ne: 'current' } }, SCAN_LIMIT))
    found.set(bucketKey(rollup._id), rollup)
  const keys = [...new Set([...expected.keys(), ...found.keys()])]
  return {
    events: seen.size,
    buckets: keys.length,
    lost: new Set(ids.filter(id => !seen.has(id))).size,
    duplicates: [...seen.values()].filter(times => times > 1).length,
    wrongBuckets: keys.filter(key => !same(expected.get(key) ?? {}, found.get(key)?.counts ?? {})).length,
    wrongFeedback: await differingFeedback(db, registers),
  }
}

/** Adds an event to the sums of its buckets. */
function addTo(sums: Map<string, Record<string, number>>, { imageId, at, type }: LoggedEvent): void {
  const own = (['minute', 'hour', 'day', 'month', 'total'] as const).map(grain => bucketOf(imageId, grain, at))
  const site = (['hour', 'day', 'month', 'total'] as const).map(grain => bucketOf(SITE, grain, at))
  for (const bucket of [...own, ...site]) {
    const key = bucketKey(bucket)
    const sum = sums.get(key) ?? {}
    sum[type] = (sum[type] ?? 0) + 1
    sums.set(key, sum)
  }
}

/** Sets the register of an event if the event is newer. */
function applyToRegisters(registers: Map<string, { eventId: string; value: unknown }>, event: LoggedEvent): void {
  const change = changeOf(event)
  if (!change) return
  const [register, value] = change
  const key = JSON.stringify([event.person, event.imageId, register])
  const eventId = placeOfEvent(event)
  if (eventId > (registers.get(key)?.eventId ?? '')) registers.set(key, { eventId, value })
}

/** Returns the register that an event sets, and the value. */
function changeOf({ type, value, tag }: LoggedEvent): [string, unknown] | undefined {
  if (type === 'like' || type === 'dislike') return ['reaction', type]
  if (type === 'clear') return ['reaction', null]
  if (type === 'save' || type === 'unsave') return ['saved', type === 'save']
  if (type === 'rating') return ['rating', value]
  if (type === 'tag' || type === 'untag') return [`tag ${tag}`, type === 'tag']
  return undefined
}

/** Returns the number of registers that differ from the stored feedback. */
async function differingFeedback(
  db: Database['db'],
  registers: Map<string, { eventId: string; value: unknown }>,
): Promise<number> {
  const found = new Map<string, unknown>()
  for await (const { person, imageId, tags = [], ...others } of db.collection('feedback').find()) {
    for (const name of ['reaction', 'saved', 'rating']) {
      if (others[name]) found.set(JSON.stringify([person, imageId, name]), others[name].value)
    }
    for (const { tag, on } of tags) found.set(JSON.stringify([person, imageId, `tag ${tag}`]), on)
  }
  const keys = [...new Set([...found.keys(), ...registers.keys()])]
  return keys.filter(key => found.get(key) !== registers.get(key)?.value).length
}

function same(a: Record<string, number>, b: Record<string, number>): boolean {
  return [...Object.keys(a), ...Object.keys(b)].every(type => (a[type] ?? 0) === (b[type] ?? 0))
}

/** Compares all roll-ups with the log. @returns the number of differences */
export async function countDifferences(database: Database, env: Record<string, string>): Promise<number> {
  const log = await openLogOf(database, loadConfig(env))
  let differences = 0
  const hours = { from: new Date(Date.now() - 8 * DAY_MS), to: new Date() }
  for await (const _difference of verify(hours, { db: database.db, log }, database.client)) differences++
  return differences
}

/** Waits until no bucket is marked. */
export async function waitForRollups({ db }: Database): Promise<void> {
  await waitUntil('no bucket is marked', async () => (await db.collection('marks').countDocuments({})) === 0, 600)
}
