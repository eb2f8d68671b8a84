import mongoose, { type mongo } from 'mongoose'
import { startChild } from '../lib/child.ts'
import { printCpu } from './cpu.ts'
import { lagAt } from './lib/lag.ts'
import { postRate, randomBatch, streamRate } from './lib/load.ts'
import { quantile } from './lib/quantile.ts'
import { waitForNewMinute, waitForRollups } from './lib/wait-for-rollups.ts'

const RUNS = 5
const RUN_SECONDS = 3
const MAX_COMMANDS = 2
const RAW_COMMANDS = 40
const LAG_SECONDS = 60
const HALF_A_MINUTE_MS = 30_000

const print = (line: string) => process.stdout.write(`${line}\n`)

/** What the service reports: its URL, and how many events the roll-up worker has read. */
interface Service {
  url: string
  read: number
}

type Measure = () => Promise<number>

/**
 * Compares the route for events with the same route without a database, with one insert per request, and with the bare driver; then
 * measures the CPU time of events, and the lag of the roll-ups.
 */
export async function ingest(uri: string, engine: number | undefined): Promise<void> {
  const none = await startChild<Service>('bench/services/event-service.ts', 'none')
  const perRequest = await startChild<Service>('bench/services/event-service.ts', 'per-request', uri, 'bench-each')
  const full = await startChild<Service>('bench/services/event-service.ts', 'full', uri, 'bench-group')
  const nullServer = await startChild<string>('bench/services/null-server.ts')
  const ingestOnly = await startChild<Service>('bench/services/event-service.ts', 'ingest-only', nullServer.first)
  const client = await mongoose.mongo.MongoClient.connect(uri)
  const nullClient = await mongoose.mongo.MongoClient.connect(nullServer.first)
  const db = client.db('bench-group')
  try {
    const post = (service: { first: Service }, size: number, connections: number) => () =>
      postRate(service.first.url, size, connections, RUN_SECONDS)
    const raw = () => insertRate(client.db('bench-each'))
    const rawNull = () => insertRate(nullClient.db('bench'))
    const settle = () => waitForRollups(db)
    print('on the engine')
    for (const connections of [64, 256]) {
      await compare(`single, ${connections} connections`, post(full, 1, connections), settle, {
        'without a database': post(none, 1, connections),
        'an insert per request': post(perRequest, 1, connections),
      })
    }
    const batches = await compare('batches of 1,000', post(full, 1_000, 8), settle, { 'insertMany(1,000)': raw })
    await compare('batches of 100', post(full, 100, 32), settle, { 'insertMany(1,000)': raw })
    await compare('NDJSON', () => streamRate(full.first.url, 60_000), settle, { 'insertMany(1,000)': raw })
    print('on a server that only acknowledges writes')
    for (const connections of [64, 256]) {
      await compare(`single, ${connections} connections`, post(ingestOnly, 1, connections), settle, {
        'without a database': post(none, 1, connections),
      })
    }
    await compare('batches of 1,000', post(ingestOnly, 1_000, 8), settle, { 'insertMany(1,000)': rawNull })
    await compare('NDJSON', () => streamRate(ingestOnly.first.url, 200_000), settle, { 'insertMany(1,000)': rawNull })
    await printCpu({ service: { url: full.first.url, id: full.process.pid ?? 0 }, engine }, db)
    print('lag of the roll-ups')
    for (const share of [0.5, 1]) await lag(`${share} of the peak rate of batches`, batches * share, full, db)
  } finally {
    await Promise.all([client.close(), nullClient.close()])
    for (const child of [none, perRequest, full, ingestOnly, nullServer]) await child.stop()
  }
}

/**
 * Measures all alternately, so that a busy moment affects all alike, and prints the ratios of the medians.
 * @returns the median of `ours`
 */
async function compare(
  name: string,
  ours: Measure,
  settle: () => Promise<void>,
  baselines: Record<string, Measure>,
): Promise<number> {
  const rates = new Map<string, number[]>([
    [name, []],
    ...Object.keys(baselines).map(key => [key, []] as [string, number[]]),
  ])
  for (let run = 0; run < RUNS; run++) {
    for (const [key, measure] of Object.entries(baselines)) rates.get(key)?.push(await measure())
    rates.get(name)?.push(await ours())
    await settle()
  }
  const [own, ...others] = [...rates].map(([key, values]) => ({ key, rate: quantile(values) }))
  for (const { key, rate } of others) {
    const [a, b] = [own?.rate ?? 0, rate].map(value => Math.round(value).toLocaleString('en'))
    print(`  ${name.padEnd(24)} ${a}/s   over ${key}: ${b}/s   ratio ${((own?.rate ?? 0) / rate).toFixed(2)}`)
  }
  return own?.rate ?? 0
}

/**
 * Posts at a rate from the middle of a minute on, so that one ends meanwhile and settles; prints the lag of the totals, and how often the
 * roll-up worker reads each event.
 */
async function lag(name: string, rate: number, service: Awaited<ReturnType<typeof startChild<Service>>>, db: mongo.Db) {
  await waitForNewMinute(db, HALF_A_MINUTE_MS)
  const { read: before } = await service.ask()
  const { p50, p99, rate: reached } = await lagAt(service.first.url, db, rate, LAG_SECONDS)
  await waitForRollups(db)
  const reads = ((await service.ask()).read - before) / (reached * LAG_SECONDS)
  const seconds = (ms: number) => (ms / 1_000).toFixed(1)
  print(
    `  ${name}: ${Math.round(reached).toLocaleString('en')}/s, lag of the total p50 ${seconds(p50)} s, p99 ${seconds(p99)} s, each event is read ${reads.toFixed(1)} times`,
  )
}

/** Returns how many events per second the bare driver inserts, with as many concurrent commands as ingest sends. */
async function insertRate(db: mongo.Db): Promise<number> {
  const batches = Array.from({ length: RAW_COMMANDS }, () => randomBatch())
  const events = batches.length * 1_000
  const started = performance.now()
  const lane = async () => {
    for (let batch = batches.pop(); batch; batch = batches.pop()) {
      await db.command({ insert: 'events', documents: batch, ordered: false, writeConcern: { w: 'majority' } })
    }
  }
  await Promise.all(Array.from({ length: MAX_COMMANDS }, lane))
  return events / ((performance.now() - started) / 1_000)
}
