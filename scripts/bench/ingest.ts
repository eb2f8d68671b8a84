import { setTimeout as pause } from 'node:timers/promises'
import mongoose, { type mongo } from 'mongoose'
import { startChild } from '../lib/child.ts'
import { lagAt } from './lag.ts'
import { logged, postRate, streamRate } from './lib/load.ts'
import { quantile } from './lib/quantile.ts'

const RUNS = 5
const SECONDS = 3
const IN_FLIGHT = 2
const RAW_COMMANDS = 40
const LAG_SECONDS = 60

const say = (line: string) => process.stdout.write(`${line}\n`)

/** What the service behind the route says of itself. */
interface Service {
  url: string
  read: number
}

type Measure = () => Promise<number>

/** How the route for events compares with the same route without a database, with an insert a request, and with the bare driver. */
export async function ingest(uri: string): Promise<void> {
  const nothing = await startChild<Service>('bench/services/event-service.ts', 'nothing')
  const each = await startChild<Service>('bench/services/event-service.ts', 'each', uri, 'bench-each')
  const group = await startChild<Service>('bench/services/event-service.ts', 'group', uri, 'bench-group')
  const nullServer = await startChild<string>('bench/services/null-server.ts')
  const acknowledged = await startChild<Service>('bench/services/event-service.ts', 'acknowledged', nullServer.first)
  const client = await mongoose.mongo.MongoClient.connect(uri)
  const nullClient = await mongoose.mongo.MongoClient.connect(nullServer.first)
  const db = client.db('bench-group')
  try {
    const post = (service: { first: Service }, size: number, connections: number) => () =>
      postRate(service.first.url, size, connections, SECONDS)
    const raw = () => insertRate(client.db('bench-each'))
    const rawNull = () => insertRate(nullClient.db('bench'))
    const quiet = () => untilQuiet(db)
    say('on the engine')
    for (const connections of [64, 256]) {
      await compare(`single, ${connections} connections`, post(group, 1, connections), quiet, {
        'without a database': post(nothing, 1, connections),
        'an insert a request': post(each, 1, connections),
      })
    }
    const batches = await compare('batches of 1,000', post(group, 1_000, 8), quiet, { 'insertMany(1,000)': raw })
    await compare('batches of 100', post(group, 100, 32), quiet, { 'insertMany(1,000)': raw })
    await compare('NDJSON', () => streamRate(group.first.url, 60_000), quiet, { 'insertMany(1,000)': raw })
    say('on a server that only acknowledges')
    for (const connections of [64, 256]) {
      await compare(`single, ${connections} connections`, post(acknowledged, 1, connections), quiet, {
        'without a database': post(nothing, 1, connections),
      })
    }
    await compare('batches of 1,000', post(acknowledged, 1_000, 8), quiet, { 'insertMany(1,000)': rawNull })
    await compare('NDJSON', () => streamRate(acknowledged.first.url, 200_000), quiet, { 'insertMany(1,000)': rawNull })
    say('the fold')
    for (const share of [0.5, 1]) await lag(`${share} of the peak of batches`, batches * share, group, db)
  } finally {
    await Promise.all([client.close(), nullClient.close()])
    for (const child of [nothing, each, group, acknowledged, nullServer]) await child.stop()
  }
}

/** Measures in turns, so that a busy moment meets all alike, and prints the ratio of the medians. @returns ours */
async function compare(
  name: string,
  ours: Measure,
  quiet: () => Promise<void>,
  baselines: Record<string, Measure>,
): Promise<number> {
  const rates = new Map<string, number[]>([
    [name, []],
    ...Object.keys(baselines).map(key => [key, []] as [string, number[]]),
  ])
  for (let run = 0; run < RUNS; run++) {
    for (const [key, measure] of Object.entries(baselines)) rates.get(key)?.push(await measure())
    rates.get(name)?.push(await ours())
    await quiet()
  }
  const [own, ...others] = [...rates].map(([key, values]) => ({ key, rate: quantile(values) }))
  for (const { key, rate } of others) {
    const [a, b] = [own?.rate ?? 0, rate].map(value => Math.round(value).toLocaleString('en'))
    say(`  ${name.padEnd(24)} ${a}/s   over ${key}: ${b}/s   ratio ${((own?.rate ?? 0) / rate).toFixed(2)}`)
  }
  return own?.rate ?? 0
}

async function lag(name: string, rate: number, group: Awaited<ReturnType<typeof startChild<Service>>>, db: mongo.Db) {
  await untilQuiet(db)
  const { read: before } = await group.ask()
  const { p50, p99, rate: reached } = await lagAt(group.first.url, db, rate, LAG_SECONDS)
  await untilQuiet(db)
  const reads = ((await group.ask()).read - before) / (reached * LAG_SECONDS)
  const seconds = (ms: number) => (ms / 1_000).toFixed(1)
  say(
    `  ${name}: ${Math.round(reached).toLocaleString('en')}/s, lag of the total p50 ${seconds(p50)} s, p99 ${seconds(p99)} s, an event is read ${reads.toFixed(1)} times`,
  )
}

/** Events a second that the bare driver inserts, with as many commands in flight as ingest has. */
async function insertRate(db: mongo.Db): Promise<number> {
  const batches = Array.from({ length: RAW_COMMANDS }, () => logged())
  const events = batches.length * 1_000
  const started = performance.now()
  const lane = async () => {
    for (let batch = batches.pop(); batch; batch = batches.pop()) {
      await db.command({ insert: 'events', documents: batch, ordered: false, writeConcern: { w: 'majority' } })
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
  return events / ((performance.now() - started) / 1_000)
}

async function untilQuiet(db: mongo.Db): Promise<void> {
  while ((await db.collection('marks').countDocuments({}, { limit: 1 })) > 0) await pause(200)
}
