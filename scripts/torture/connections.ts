/**
 * `npm run torture:connections [-- --cuts 1000] [--seed N]`: writers send bulk writes and findAndModify through a proxy that cuts their
 * connections at random moments, and the driver sends each interrupted command once more. At the end every acknowledged operation must
 * have been executed once, and every other one at most once.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import mongoose from 'mongoose'
import { uuidv7 } from 'uuidv7'
import { randomFrom } from '../lib/random.ts'
import { withTemporaryEngine } from '../lib/temporary-engine.ts'
import { startCuttingProxy } from './connections/cutting-proxy.ts'
import { countExecutions, createCounters, type Item } from './connections/operations.ts'
import { type History, write } from './connections/writer.ts'

const { MongoClient } = mongoose.mongo

const CLIENTS = 6
const WRITERS_PER_CLIENT = 2
/** A client waits this long before it connects again; the driver's default of 500 ms would only make the run longer. */
const RECONNECT_MS = 20
/** By then the server has executed all commands whose connections were cut. */
const SETTLING_MS = 10_000

const { values } = parseArgs({ options: { cuts: { type: 'string', default: '1000' }, seed: { type: 'string' } } })
const maxCuts = Number(values.cuts)
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const print = (line: string) => process.stdout.write(`${line}\n`)

print(`seed ${seed}`)
await withTemporaryEngine('glance-torture-', torture)

/** Runs the test on a server. Sets the exit code: 0 when it has found no fault. */
async function torture(uri: string): Promise<void> {
  const started = performance.now()
  const directClient = await MongoClient.connect(uri)
  const db = directClient.db(`torture-${uuidv7()}`)
  const direct = db.collection<Item>('items')
  await createCounters(direct)
  const history: History = { operations: [], writes: 0, failed: 0, wrongResults: 0, refused: [] }
  let done = 0
  const onCut = (cuts: number) => {
    done = cuts
    if (cuts % 100 === 0) print(`${cuts} cuts, ${history.operations.length} operations`)
  }
  const proxy = await startCuttingProxy(uri, { maxCuts, random: randomFrom(seed), onCut })
  const clients = Array.from(
    { length: CLIENTS },
    () => new MongoClient(proxy.uri, { minHeartbeatFrequencyMS: RECONNECT_MS }),
  )
  const writers = clients.flatMap((client, i) =>
    Array.from({ length: WRITERS_PER_CLIENT }, (_, j) => {
      const items = client.db(db.databaseName).collection<Item>('items')
      // The first writer of each client uses one session, which a failed write does not end.
      const session = j === 0 ? client.startSession() : undefined
      const random = randomFrom(seed + 1 + i * WRITERS_PER_CLIENT + j)
      return write({ items, direct, session, random }, history, () => done >= maxCuts)
    }),
  )
  await Promise.all(writers)
  for (const client of clients) await client.close()
  proxy.close()
  print('writers have stopped; counting executions')
  await pause(SETTLING_MS)
  const findings = await check(direct, history)
  await db.dropDatabase()
  await directClient.close()
  print(`cuts ${JSON.stringify(proxy.cuts)}, ${Math.round((performance.now() - started) / 1_000)} s`)
  for (const error of new Set(history.refused)) print(`the server refused a write: ${error}`)
  print(`result ${JSON.stringify(findings)}`)
  process.exitCode = Object.values(findings).every(n => n === 0) ? 0 : 1
}

/** Compares the collection with the history. @returns the number of faults of each kind */
async function check(items: mongoose.mongo.Collection<Item>, history: History): Promise<Record<string, number>> {
  const { operations, writes, failed, wrongResults, refused } = history
  const { executions, wrongCounters } = await countExecutions(items, operations)
  const timesOf = ({ id }: { id: number }) => executions.get(id) ?? 0
  const unacknowledged = operations.filter(({ acknowledged }) => !acknowledged)
  const share = (100 * unacknowledged.length) / operations.length
  print(`writes ${writes}, failed ${failed}, refused ${refused.length}`)
  print(
    `operations ${operations.length}, unacknowledged ${unacknowledged.length} (${share.toFixed(1)} %), ` +
      `of these executed ${unacknowledged.filter(timesOf).length}`,
  )
  return {
    lost: operations.filter(operation => operation.acknowledged && timesOf(operation) < 1).length,
    twice: operations.filter(operation => timesOf(operation) > 1).length,
    unknown: executions.size - operations.length,
    wrongCounters,
    wrongResults,
    refused: refused.length,
  }
}
