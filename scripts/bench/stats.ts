import { prepareCollections } from '../../src/database/collections.ts'
import { connect, type Database } from '../../src/database/connect.ts'
import { openLog } from '../../src/events/log/open-log.ts'
import { SITE } from '../../src/events/marks/buckets.ts'
import { personHash } from '../../src/events/person-hash.ts'
import { applyRetention } from '../../src/rollups/retention-horizons.ts'
import { rollupsCollection } from '../../src/rollups/rollup.ts'
import { UTC } from '../../src/stats/calendar/time-zone.ts'
import { rangesWithin } from '../../src/stats/covered-ranges.ts'
import { TopImages } from '../../src/stats/rankings/top-images.ts'
import { trendingImages } from '../../src/stats/rankings/trending-images.ts'
import { currentStats, readStats } from '../../src/stats/read-stats.ts'
import { imageIds, makeHistory } from './lib/history.ts'

const DAY_MS = 86_400_000
const SIZES = [10_000, 1_000_000]
const RUNS = 300
const WARM_UP = 20

const print = (line: string) => process.stdout.write(`${line}\n`)

/** Measures the same queries with histories of different length, uncached. `npm run bench -- stats 10000000` adds a number of events. */
export async function stats(uri: string): Promise<void> {
  const sizes = [...SIZES, ...process.argv.slice(3).map(Number)]
  const histories: { events: number; database: Database }[] = []
  for (const events of sizes) {
    const started = performance.now()
    histories.push({ events, database: await openHistory(uri, events) })
    print(
      `${events.toLocaleString('en')} events are inserted and rolled up after ${seconds(performance.now() - started)} s`,
    )
  }
  try {
    for (const [name, query] of Object.entries(queries)) await compare(name, query, histories)
  } finally {
    for (const { database } of histories) await database.connection.close()
  }
}

async function openHistory(uri: string, events: number): Promise<Database> {
  const database = await connect(uri, `bench-stats-${events}`)
  const { db } = database
  await prepareCollections(database, [rollupsCollection, { name: 'leases', indexes: [] }])
  const log = await openLog(database, 'auto', 90 * DAY_MS, () => undefined, personHash('x'.repeat(32)))
  await applyRetention(db, log, {
    accept: 7 * DAY_MS,
    minuteRollups: 8 * DAY_MS,
    events: 90 * DAY_MS,
    hourRollups: 400 * DAY_MS,
  })
  await makeHistory(database, log, events)
  return database
}

const [hot = '', cold = ''] = [imageIds[0], imageIds.at(-1)]
const month = () => {
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS
  const boundaries = Array.from({ length: 41 }, (_, day) => new Date(today + (day - 39) * DAY_MS))
  return { interval: 'day' as const, zone: UTC, boundaries, ranges: rangesWithin(boundaries) }
}
const allVisible = async (ids: string[]) => new Set(ids)

const queries: Record<string, (database: Database) => Promise<unknown>> = {
  'a hot image, all time': ({ db }) => Promise.all([readStats(db, hot), currentStats(db, hot)]),
  'a cold image, all time': ({ db }) => Promise.all([readStats(db, cold), currentStats(db, cold)]),
  'a hot image, 40 days': ({ db }) => readStats(db, hot, month()),
  'a cold image, 40 days': ({ db }) => readStats(db, cold, month()),
  'top by views, 7 days': ({ db }) => new TopImages(db, allVisible).top({ metric: 'view', window: '7d' }, 20),
  'top by views, all time': ({ db }) => new TopImages(db, allVisible).top({ metric: 'view', window: 'all' }, 20),
  'top by people, 30 days': ({ db }) => new TopImages(db, allVisible).top({ metric: 'people', window: '30d' }, 20),
  trending: ({ db }) => trendingImages(db, allVisible),
  'overview, all time': ({ db }) => readStats(db, SITE),
  'overview, 40 days': ({ db }) => readStats(db, SITE, month()),
}

/** Queries all histories alternately, so that a busy moment affects all alike, and prints the ratios to the smallest. */
async function compare(
  name: string,
  query: (database: Database) => Promise<unknown>,
  histories: { events: number; database: Database }[],
): Promise<void> {
  const times = histories.map((): number[] => [])
  for (let run = -WARM_UP; run < RUNS; run++) {
    for (const [i, { database }] of histories.entries()) {
      const started = performance.now()
      await query(database)
      if (run >= 0) times[i]?.push(performance.now() - started)
    }
  }
  const [smallest = { p50: 1, p99: 1 }] = times.map(quantiles)
  for (const [i, { events }] of histories.entries()) {
    const { p50, p99 } = quantiles(times[i] ?? [])
    const ratios = `ratio ${(p50 / smallest.p50).toFixed(2)} and ${(p99 / smallest.p99).toFixed(2)}`
    const size = events.toLocaleString('en').padStart(10)
    print(`  ${name.padEnd(24)} ${size} events   p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms   ${ratios}`)
  }
}

function quantiles(times: number[]): { p50: number; p99: number } {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
  return { p50: at(0.5), p99: at(0.99) }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(0)
}
