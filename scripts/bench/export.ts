import mongoose, { type mongo } from 'mongoose'
import { type Child, startChild } from '../lib/child.ts'
import { logged } from './lib/load.ts'
import { quantile } from './lib/quantile.ts'

const EVENTS = 1_000_000
const AGE = 48 * 3_600_000
const RUNS = 3
const LANES = 2
const BATCH = 1_000
const MB = 1_048_576

const say = (line: string) => process.stdout.write(`${line}\n`)

interface Service {
  url: string
  /** The most memory since it was last asked, in bytes. */
  peak: number
}

/** How fast a million events are exported, against a bare cursor over the same collection, and how much memory that takes over idle. */
export async function exporting(uri: string): Promise<void> {
  const service = await startChild<Service>('bench/services/export-service.ts', uri, 'bench-export')
  const client = await mongoose.mongo.MongoClient.connect(uri)
  const events = client.db('bench-export').collection('events')
  try {
    say(`a million events went in: ${shown(await rate(() => fill(events)))}/s`)
    const cursor: number[] = []
    const exports = new Map<string, number[]>(['ndjson', 'parquet'].map(format => [format, []]))
    const peaks = new Map<string, number>()
    await read(service, `to=1999-01-01T00:00:00Z`)
    const idle = (await service.ask()).peak
    for (let run = 0; run < RUNS; run++) {
      cursor.push(await rate(() => readBare(events)))
      say(`  run ${run + 1}, a bare cursor: ${shown(cursor.at(-1))}/s`)
      for (const [format, rates] of exports) {
        await service.ask()
        rates.push(await rate(() => read(service, `format=${format}`)))
        const { peak } = await service.ask()
        peaks.set(format, Math.max(peaks.get(format) ?? 0, peak))
        say(`  run ${run + 1}, ${format}: ${shown(rates.at(-1))}/s, ${megabytes(peak - idle)} over idle`)
      }
    }
    for (const [format, rates] of exports) {
      const [own, bare] = [quantile(rates), quantile(cursor)]
      say(
        `  ${format.padEnd(8)} ${shown(own)}/s   over a bare cursor: ${shown(bare)}/s   ratio ${(own / bare).toFixed(2)}   ` +
          `${megabytes((peaks.get(format) ?? 0) - idle)} over idle (${megabytes(idle)})`,
      )
    }
  } finally {
    await client.close()
    await service.stop()
  }
}

function shown(rate = 0): string {
  return Math.round(rate).toLocaleString('en')
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / MB)} MB`
}

async function fill(events: mongo.Collection): Promise<void> {
  let left = EVENTS / BATCH
  const lane = async () => {
    while (left-- > 0) await events.insertMany(logged(AGE) as mongo.Document[] as never, { ordered: false })
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

/** Events a second. */
async function rate(work: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return EVENTS / ((performance.now() - started) / 1_000)
}

async function readBare(events: mongo.Collection): Promise<void> {
  let count = 0
  for await (const _event of events.find({}, { batchSize: BATCH })) count++
  if (count !== EVENTS) throw new Error(`${count} of ${EVENTS} events stand`)
}

async function read({ first }: Child<Service>, query: string): Promise<void> {
  const response = await fetch(`${first.url}/v1/exports/events?${query}`, { headers: { 'x-api-key': 'bench' } })
  if (!response.ok || !response.body) throw new Error(`an export was refused: ${await response.text()}`)
  for await (const _chunk of response.body) {
    // It is only to be taken.
  }
}
