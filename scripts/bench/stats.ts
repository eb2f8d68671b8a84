import { prepareCollections } from '../../src/database/collections.ts'
import { connect, type Database } from '../../src/database/connect.ts'
import { openLog } from '../../src/events/log/open-log.ts'
import { SITE } from '../../src/events/marks/buckets.ts'
import { personHash } from '../../src/events/person-hash.ts'
import { applyRetention } from '../../src/rollups/retention-horizons.ts'
import { rollupsCollection } from '../../src/rollups/rollup.ts'
import { TopImages } from '../../src/stats/rankings/top-images.ts'
import { trendingImages } from '../../src/stats/rankings/trending-images.ts'
import { currentStats, rangeStats, totalStats } from '../../src/stats/read-stats.ts'
import { imageIds, makeHistory } from './lib/history.ts'

const DAY = 86_400_000
const SIZES = [10_000, 1_000_000]
const RUNS = 300
const WARM_UP = 20

const say = (line: string) => process.stdout.write(`${line}\n`)

/** What the same questions cost with ever longer histories, uncached. `npm run bench -- stats 10000000` adds a size. */
export async function stats(uri: string): Promise<void> {
  const sizes = [...SIZES, ...process.argv.slice(3).map(Number)]
  const histories: { events: number; database: Database }[] = []
  for (const events of sizes) {
    const started = performance.now()
    histories.push({ events, database: await aHistory(uri, events) })
    say(`${events.toLocaleString('en')} events are there and summed after ${seconds(performance.now() - started)} s`)
  }
  try {
    for (const [name, ask] of Object.entries(questions)) await compare(name, ask, histories)
  } finally {
    for (const { database } of histories) await database.connection.close()
  }
}

async function aHistory(uri: string, events: number): Promise<Database> {
  const database = await connect(uri, `bench-stats-${events}`)
  const { db } = database
  await prepareCollections(database, [rollupsCollection, { name: 'leases', indexes: [] }])
  const log = await openLog(database, 'auto', 90 * DAY, () => undefined, personHash('x'.repeat(32)))
  await applyRetention(db, log, { accept: 7 * DAY, minuteRollups: 8 * DAY, events: 90 * DAY, hourRollups: 400 * DAY })
  await makeHistory(database, log, events)
  return database
}

const [hot = '', cold = ''] = [imageIds[0], imageIds.at(-1)]
const month = () => {
  const today = Math.floor(Date.now() / DAY) * DAY
  return { from: new Date(today - 39 * DAY), to: new Date(today + DAY), interval: 'day' as const }
}
const everybodys = async (ids: string[]) => new Set(ids)

const questions: Record<string, (database: Database) => Promise<unknown>> = {
  'a hot image, all time': ({ db }) => Promise.all([totalStats(db, hot), currentStats(db, hot)]),
  'a cold image, all time': ({ db }) => Promise.all([totalStats(db, cold), currentStats(db, cold)]),
  'a hot image, 40 days': ({ db }) => rangeStats(db, hot, month()),
  'a cold image, 40 days': ({ db }) => rangeStats(db, cold, month()),
  'top by views, 7 days': ({ db }) => new TopImages(db, everybodys).top({ metric: 'view', window: '7d' }, 20),
  'top by views, all time': ({ db }) => new TopImages(db, everybodys).top({ metric: 'view', window: 'all' }, 20),
  'top by people, 30 days': ({ db }) => new TopImages(db, everybodys).top({ metric: 'people', window: '30d' }, 20),
  trending: ({ db }) => trendingImages(db, everybodys),
  'overview, all time': ({ db }) => totalStats(db, SITE),
  'overview, 40 days': ({ db }) => rangeStats(db, SITE, month()),
}

/** Asks all histories in turns, so that a busy moment meets all alike. */
async function compare(
  name: string,
  ask: (database: Database) => Promise<unknown>,
  histories: { events: number; database: Database }[],
): Promise<void> {
  const times = histories.map((): number[] => [])
  for (let run = -WARM_UP; run < RUNS; run++) {
    for (const [i, { database }] of histories.entries()) {
      const started = performance.now()
      await ask(database)
      if (run >= 0) times[i]?.push(performance.now() - started)
    }
  }
  const [smallest = { p50: 1, p99: 1 }] = times.map(quantiles)
  for (const [i, { events }] of histories.entries()) {
    const { p50, p99 } = quantiles(times[i] ?? [])
    const ratios = `ratio ${(p50 / smallest.p50).toFixed(2)} and ${(p99 / smallest.p99).toFixed(2)}`
    const size = events.toLocaleString('en').padStart(10)
    say(`  ${name.padEnd(24)} ${size} events   p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms   ${ratios}`)
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
