import { loadConfig } from '../../src/config/config.ts'
import type { Database } from '../../src/database/connect.ts'
import type { LoggedEvent } from '../../src/events/event.ts'
import { eventId } from '../../src/events/event-id.ts'
import { bucketKey, bucketOf, SITE } from '../../src/events/marks/buckets.ts'
import { verify } from '../../src/rollups/audit/verify.ts'
import { type Rollup, rollups } from '../../src/rollups/rollup.ts'
import { openLogOf } from '../lib/database.ts'
import { until } from './scene.ts'
import type { Sent } from './writer.ts'

const DAY = 86_400_000

/** What is wrong in the end; all of it must be nothing. */
interface Verdict {
  lost: number
  twice: number
  wrongBuckets: number
  wrongFeedback: number
  events: number
  buckets: number
}

/** Holds the log against what was acknowledged, and every sum and all feedback against the log, by a plain count of its own. */
export async function judge({ db }: Database, acknowledged: Sent[], app: string): Promise<Verdict> {
  const expected = new Map<string, Record<string, number>>()
  const seen = new Map<string, number>()
  const registers = new Map<string, { eventId: string; value: unknown }>()
  for await (const event of db.collection<LoggedEvent>('events').find()) {
    const id = String(event._id)
    seen.set(id, (seen.get(id) ?? 0) + 1)
    count(expected, event)
    hear(registers, event)
  }
  const ids = acknowledged.map(({ at, id, imageId }) => eventId(new Date(at), `app:${app}`, id, imageId))
  const found = new Map<string, Rollup>()
  for await (const rollup of rollups(db).find({ '_id.grain': { $ne: 'current' } }))
    found.set(bucketKey(rollup._id), rollup)
  const keys = [...new Set([...expected.keys(), ...found.keys()])]
  return {
    events: seen.size,
    buckets: keys.length,
    lost: new Set(ids.filter(id => !seen.has(id))).size,
    twice: [...seen.values()].filter(times => times > 1).length,
    wrongBuckets: keys.filter(key => !same(expected.get(key) ?? {}, found.get(key)?.counts ?? {})).length,
    wrongFeedback: await differingFeedback(db, registers),
  }
}

function count(sums: Map<string, Record<string, number>>, { imageId, at, type }: LoggedEvent): void {
  const own = (['minute', 'hour', 'day', 'month', 'total'] as const).map(span => bucketOf(imageId, span, at))
  const site = (['hour', 'day', 'month', 'total'] as const).map(span => bucketOf(SITE, span, at))
  for (const bucket of [...own, ...site]) {
    const key = bucketKey(bucket)
    const sum = sums.get(key) ?? {}
    sum[type] = (sum[type] ?? 0) + 1
    sums.set(key, sum)
  }
}

function hear(registers: Map<string, { eventId: string; value: unknown }>, event: LoggedEvent): void {
  const word = wordOf(event)
  if (!word) return
  const key = JSON.stringify([event.person, event.imageId, word[0]])
  const eventId = String(event._id)
  if (eventId > (registers.get(key)?.eventId ?? '')) registers.set(key, { eventId, value: word[1] })
}

/** Which register an event sets, and to what. */
function wordOf({ type, value, tag }: LoggedEvent): [string, unknown] | undefined {
  if (type === 'like' || type === 'dislike') return ['reaction', type]
  if (type === 'clear') return ['reaction', null]
  if (type === 'save' || type === 'unsave') return ['saved', type === 'save']
  if (type === 'rating') return ['rating', value]
  if (type === 'tag' || type === 'untag') return [`tag ${tag}`, type === 'tag']
  return undefined
}

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

/** Compares every sum with the log. @returns how many differ */
export async function verified(database: Database, env: Record<string, string>): Promise<number> {
  const log = await openLogOf(database, loadConfig(env))
  let differences = 0
  const hours = { from: new Date(Date.now() - 8 * DAY), to: new Date() }
  for await (const _difference of verify(hours, { db: database.db, log }, database.client)) differences++
  return differences
}

/** Waits until nothing is left to be summed. */
export async function settled({ db }: Database): Promise<void> {
  await until('nothing is marked', async () => (await db.collection('marks').countDocuments({})) === 0, 600)
}
