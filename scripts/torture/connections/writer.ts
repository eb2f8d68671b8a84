import { isDeepStrictEqual } from 'node:util'
import mongoose, { type mongo } from 'mongoose'
import { randomItem } from '../random-item.ts'
import {
  deletionOf,
  type Item,
  incrementOf,
  insertTargets,
  KINDS,
  type Kind,
  modelsOf,
  type Operation,
  randomCounter,
  upsertOf,
} from './operations.ts'

const MAX_RUNS = 4
const MAX_RUN_LENGTH = 300
/** Share of single operations by findAndModify; the others are bulk writes. */
const SINGLE_SHARE = 0.2
const SINGLE_KINDS = ['increment', 'upsert', 'delete'] as const

/** What the writers sent, to be compared with the collection. */
export interface History {
  operations: Operation[]
  /** Number of bulk writes and single operations. */
  writes: number
  /** Number of writes that failed because the second connection of a command was lost too. */
  failed: number
  /** Number of acknowledged writes with a wrong result. */
  wrongResults: number
  /** Errors of the server, which must not occur. */
  refused: string[]
}

/** The connections of a writer and its random numbers in [0, 1). */
interface Tools {
  /** The collection through the proxy. */
  items: mongo.Collection<Item>
  /** The collection by a connection that is not cut. */
  direct: mongo.Collection<Item>
  /** The session of all its writes; undefined for the driver's own sessions. */
  session: mongo.ClientSession | undefined
  random: () => number
}

/** Writes until it is stopped: bulk writes of all kinds in turn with single operations. */
export async function write(tools: Tools, history: History, isStopped: () => boolean): Promise<void> {
  const { random, direct } = tools
  while (!isStopped()) {
    const isSingle = random() < SINGLE_SHARE
    const kinds = isSingle ? [randomItem(SINGLE_KINDS, random) ?? 'delete'] : randomRuns(random)
    const operations = kinds.map((kind, i) => ({ id: history.operations.length + i, kind, acknowledged: false }))
    history.operations.push(...operations)
    history.writes++
    await insertTargets(direct, operations)
    try {
      const isRight = await (isSingle
        ? executeSingle(operations[0] as Operation, tools)
        : executeBulk(operations, tools))
      if (!isRight) history.wrongResults++
      for (const operation of operations) operation.acknowledged = true
    } catch (error) {
      recordFailure(error, history)
    }
  }
}

/** Returns kinds in runs of 1 to 300 of the same kind, which the driver sends as one command each. */
function randomRuns(random: () => number): Kind[] {
  const runs = 1 + Math.floor(random() * MAX_RUNS)
  return Array.from({ length: runs }, () => randomItem(KINDS, random) ?? 'insert').flatMap(kind =>
    Array.from({ length: Math.ceil(MAX_RUN_LENGTH ** random()) }, () => kind),
  )
}

/** Executes operations as one bulk write. @returns whether its result is right */
async function executeBulk(operations: Operation[], { items, session, random }: Tools): Promise<boolean> {
  const result = await items.bulkWrite(modelsOf(operations, random), {
    ordered: random() < 0.5,
    forceServerObjectId: random() < 0.5,
    ...(session && { session }),
  })
  const { insertedCount, matchedCount, modifiedCount, upsertedCount, deletedCount } = result
  const count = (...kinds: Kind[]) => operations.filter(({ kind }) => kinds.includes(kind)).length
  return isDeepStrictEqual(
    { insertedCount, matchedCount, modifiedCount, upsertedCount, deletedCount },
    {
      insertedCount: count('insert'),
      matchedCount: count('increment', 'replace'),
      modifiedCount: count('increment', 'replace'),
      upsertedCount: count('upsert'),
      deletedCount: count('delete'),
    },
  )
}

/** Executes an operation by findAndModify. @returns whether the returned document is right */
async function executeSingle({ id, kind }: Operation, { items, session, random }: Tools): Promise<boolean> {
  const options = { returnDocument: 'after', ...(session && { session }) } as const
  if (kind === 'increment') {
    const { filter, update } = incrementOf(id, randomCounter(random))
    const counter = await items.findOneAndUpdate(filter, update, options)
    return counter?.increments?.filter(increment => increment === id).length === 1
  }
  if (kind === 'upsert') {
    const { filter, update } = upsertOf(id)
    return (await items.findOneAndUpdate(filter, update, { ...options, upsert: true }))?.times === 1
  }
  return (await items.findOneAndDelete(deletionOf(id), session ? { session } : {}))?.operation === id
}

/** Records why a write was not acknowledged: errors of the server have a code, lost connections have none. */
function recordFailure(error: unknown, history: History): void {
  if (!(error instanceof mongoose.mongo.MongoError)) throw error
  if (error.code === undefined) history.failed++
  else history.refused.push(`${error.code}: ${error.message}`)
}
