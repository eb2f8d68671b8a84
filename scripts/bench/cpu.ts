import mongoose, { type mongo } from 'mongoose'
import { startChild } from '../lib/child.ts'
import { cpuSeconds } from './lib/cpu-seconds.ts'
import { postEvents } from './lib/load.ts'
import { waitForNewMinute, waitForRollups } from './lib/wait-for-rollups.ts'

const EVENTS = 200_000
const WARM_UP_EVENTS = 20_000
const CONNECTIONS = 32

/** The processes that take part in ingest. */
interface Processes {
  service: { url: string; id: number }
  /** The process that runs the gateway and started the database; undefined for a database that runs elsewhere. */
  engine: number | undefined
}

/**
 * Measures the CPU time of ingest, which other load changes less than it changes rates. Compare only runs of about the same length: a
 * slow one has smaller flushes, and more minutes to roll up.
 */
export async function cpu(uri: string, engine: number | undefined): Promise<void> {
  const service = await startChild<{ url: string }>('bench/services/event-service.ts', 'full', uri, 'bench-cpu')
  const client = await mongoose.mongo.MongoClient.connect(uri)
  try {
    await printCpu(
      { service: { url: service.first.url, id: service.process.pid ?? 0 }, engine },
      client.db('bench-cpu'),
    )
  } finally {
    await client.close()
    await service.stop()
  }
}

/** Posts events as batches and prints the CPU time per million events, counted until they are all rolled up. */
export async function printCpu({ service, engine }: Processes, db: mongo.Db): Promise<void> {
  if (process.platform !== 'linux') return print('CPU seconds are measured on Linux only')
  await postEvents(service.url, WARM_UP_EVENTS, CONNECTIONS)
  // The number of buckets to roll up is then the same in every run.
  await waitForNewMinute(db)
  const before = await cpuOf({ service, engine })
  const started = performance.now()
  await postEvents(service.url, EVENTS, CONNECTIONS)
  await waitForRollups(db)
  const after = await cpuOf({ service, engine })
  const used = Object.entries(after).map(([name, seconds]) => [name, seconds - (before[name] ?? 0)] as const)
  const row = [...used, ['together', used.reduce((sum, [, seconds]) => sum + seconds, 0)] as const]
  const texts = row.map(([name, seconds]) => `${name} ${((seconds * 1e6) / EVENTS).toFixed(1)}`)
  const run = `${EVENTS.toLocaleString('en')} events in ${Math.round((performance.now() - started) / 1_000)} s`
  print(`CPU seconds a million events: ${texts.join(', ')} (${run})`)
}

/** Returns the CPU time of each part in seconds. */
async function cpuOf({ service, engine }: Processes): Promise<Record<string, number>> {
  const { own } = await cpuSeconds(service.id)
  if (engine === undefined) return { service: own }
  const { own: gateway, descendants: database } = await cpuSeconds(engine)
  return { service: own, gateway, database }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
