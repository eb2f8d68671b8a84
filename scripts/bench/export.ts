import mongoose, { type mongo } from 'mongoose'
import { type Child, startChild } from '../lib/child.ts'
import { randomBatch } from './lib/load.ts'
import { quantile } from './lib/quantile.ts'

const EVENTS = 1_000_000
const MAX_AGE_MS = 48 * 3_600_000
const RUNS = 3
const LANES = 2
const BATCH_SIZE = 1_000
const MB_BYTES = 1_048_576

const print = (line: string) => process.stdout.write(`${line}\n`)

interface Service {
  url: string
  /** Peak memory since the last request for it, in bytes. */
  peak: number
}

/** Measures the export of a million events, compared with a bare cursor over the collection, and its memory use over idle. */
export async function exporting(uri: string): Promise<void> {
  const service = await startChild<Service>('bench/services/export-service.ts', uri, 'bench-export')
  const client = await mongoose.mongo.MongoClient.connect(uri)
  const events = client.db('bench-export').collection('events')
  try {
    print(`inserted a million events: ${formatRate(await rate(() => fill(events)))}/s`)
    const cursor: number[] = []
    const exports = new Map<string, number[]>(['ndjson', 'parquet'].map(format => [format, []]))
    const peaks = new Map<string, number>()
    await read(service, `to=1999-01-01T00:00:00Z`)
    const idle = (await service.ask()).peak
    for (let run = 0; run < RUNS; run++) {
      cursor.push(await rate(() => readBare(events)))
      print(`  run ${run + 1}, bare cursor: ${formatRate(cursor.at(-1))}/s`)
      for (const [format, rates] of exports) {
        await service.ask()
        rates.push(await rate(() => read(service, `format=${format}`)))
        const { peak } = await service.ask()
        peaks.set(format, Math.max(peaks.get(format) ?? 0, peak))
        print(`  run ${run + 1}, ${format}: ${formatRate(rates.at(-1))}/s, ${formatMegabytes(peak - idle)} over idle`)
      }
    }
    for (const [format, rates] of exports) {
      const [own, bare] = [quantile(rates), quantile(cursor)]
      print(
        `  ${format.padEnd(8)} ${formatRate(own)}/s   over a bare cursor: ${formatRate(bare)}/s   ratio ${(own / bare).toFixed(2)}   ` +
          `${formatMegabytes((peaks.get(format) ?? 0) - idle)} over idle (${formatMegabytes(idle)})`,
      )
    }
  } finally {
    await client.close()
    await service.stop()
  }
}

function formatRate(rate = 0): string {
  return Math.round(rate).toLocaleString('en')
}

function formatMegabytes(bytes: number): string {
  return `${Math.round(bytes / MB_BYTES)} MB`
}

async function fill(events: mongo.Collection): Promise<void> {
  let left = EVENTS / BATCH_SIZE
  const lane = async () => {
    while (left-- > 0) await events.insertMany(randomBatch(MAX_AGE_MS) as mongo.Document[] as never, { ordered: false })
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

/** Returns how many events per second work handles. */
async function rate(work: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return EVENTS / ((performance.now() - started) / 1_000)
}

async function readBare(events: mongo.Collection): Promise<void> {
  let count = 0
  for await (const _event of events.find({}, { batchSize: BATCH_SIZE })) count++
  if (count !== EVENTS) throw new Error(`${count} of ${EVENTS} events were read`)
}

async function read({ first }: Child<Service>, query: string): Promise<void> {
  const response = await fetch(`${first.url}/v1/exports/events?${query}`, { headers: { 'x-api-key': 'bench' } })
  if (!response.ok || !response.body) throw new Error(`an export failed: ${await response.text()}`)
  for await (const _chunk of response.body) {
    // The data are only received.
  }
}
