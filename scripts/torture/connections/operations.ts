import type { mongo } from 'mongoose'

/** Counters are shared by all writers. */
const COUNTERS = 2_000
/** Number of documents that match a replacement or deletion: a repeated one would take another of them. */
const TWINS = 2

export const KINDS = ['insert', 'increment', 'upsert', 'replace', 'delete'] as const
export type Kind = (typeof KINDS)[number]

/** A write of one document that leaves a trace of how often it was executed. */
export interface Operation {
  id: number
  kind: Kind
  acknowledged: boolean
}

/** A document of the collection. */
export interface Item {
  _id: mongo.ObjectId | number
  role: 'inserted' | 'upserted' | 'counter' | 'to replace' | 'replaced' | 'to delete'
  /** The operation that creates, replaces or deletes it; counters have none. */
  operation?: number
  /** How often an upsert was executed. */
  times?: number
  /** The number of increments of a counter, and the operations that they belong to. */
  total?: number
  increments?: number[]
}

/** Inserts the counters. */
export async function createCounters(items: mongo.Collection<Item>): Promise<void> {
  const counters = Array.from({ length: COUNTERS }, (_, _id) => ({ _id, role: 'counter', total: 0, increments: [] }))
  await items.insertMany(counters as Item[])
  await items.createIndex({ operation: 1 })
}

/** Inserts the documents that operations replace or delete. */
export async function insertTargets(items: mongo.Collection<Item>, operations: Operation[]): Promise<void> {
  const targets = operations.flatMap(({ id, kind }) =>
    kind === 'replace' || kind === 'delete'
      ? Array.from({ length: TWINS }, () => ({ operation: id, role: `to ${kind}` }))
      : [],
  )
  if (targets.length > 0) await items.insertMany(targets as mongo.OptionalUnlessRequiredId<Item>[])
}

/** Returns the items of a bulk write. */
export function modelsOf(operations: Operation[], random: () => number): mongo.AnyBulkWriteOperation<Item>[] {
  return operations.map(operation => modelOf(operation, randomCounter(random)))
}

function modelOf({ id, kind }: Operation, counter: number): mongo.AnyBulkWriteOperation<Item> {
  if (kind === 'insert') {
    return { insertOne: { document: { operation: id, role: 'inserted' } as mongo.OptionalId<Item> } }
  }
  if (kind === 'increment') return { updateOne: incrementOf(id, counter) }
  if (kind === 'upsert') return { updateOne: { ...upsertOf(id), upsert: true } }
  if (kind === 'replace') {
    return {
      replaceOne: { filter: { operation: id, role: 'to replace' }, replacement: { operation: id, role: 'replaced' } },
    }
  }
  return { deleteOne: { filter: deletionOf(id) } }
}

/** Returns the `_id` of a random counter. */
export function randomCounter(random: () => number): number {
  return Math.floor(random() * COUNTERS)
}

/** Returns the filter and the update that increment a counter. */
export function incrementOf(id: number, counter: number) {
  const filter: mongo.Filter<Item> = { _id: counter }
  const update: mongo.UpdateFilter<Item> = { $inc: { total: 1 }, $push: { increments: id } }
  return { filter, update }
}

/** Returns the filter and the update of an upsert. */
export function upsertOf(id: number) {
  const filter: mongo.Filter<Item> = { operation: id, role: 'upserted' }
  const update: mongo.UpdateFilter<Item> = { $inc: { times: 1 } }
  return { filter, update }
}

/** Returns the filter of a deletion. */
export function deletionOf(id: number): mongo.Filter<Item> {
  return { operation: id, role: 'to delete' }
}

/** Reads the whole collection. @returns how often each operation was executed, and the counters that contradict themselves */
export async function countExecutions(
  items: mongo.Collection<Item>,
  operations: Operation[],
): Promise<{ executions: Map<number, number>; wrongCounters: number }> {
  const executions = new Map(operations.map(({ id, kind }) => [id, kind === 'delete' ? TWINS : 0]))
  const add = (id: number, times: number) => executions.set(id, (executions.get(id) ?? 0) + times)
  let wrongCounters = 0
  for await (const { role, operation = -1, times = 0, total, increments = [] } of items.find()) {
    if (role === 'inserted' || role === 'replaced') add(operation, 1)
    else if (role === 'upserted') add(operation, times)
    else if (role === 'to delete') add(operation, -1)
    for (const id of increments) add(id, 1)
    if (role === 'counter' && total !== increments.length) wrongCounters++
  }
  return { executions, wrongCounters }
}
