import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { mongo } from 'mongoose'
import { type Bucket, bucketId, bucketKey, bucketsAbove, distinct } from '../events/grains.ts'
import { deleteMarks, type Mark, putMarks } from '../events/marks.ts'
import { type FoldParts, foldBuckets } from './fold-buckets.ts'
import type { FoldMetrics } from './fold-metrics.ts'
import type { Memory } from './memory.ts'

const TRIES = 3

export interface FolderParts extends FoldParts {
  memory: Memory
  logger: FastifyBaseLogger
  metrics: FoldMetrics
}

export interface DueMark {
  mark: Mark
  /** Its mark may go once the sum stands. */
  settled: boolean
}

interface Accepted extends DueMark {
  cost: number
}

/**
 * Folds marked buckets of one grain, marks what is summed from them, and only then lets go of their own marks.
 * @returns the marks that were made
 */
export async function foldMarks(due: DueMark[], parts: FolderParts, session: mongo.ClientSession): Promise<Mark[]> {
  const { db, memory, metrics } = parts
  const accepted = await foldOrSplit(due, parts, session)
  const above = distinct(accepted.flatMap(({ mark }) => bucketsAbove(mark._id)))
  const { tokens } = await putMarks(db, above, session)
  const settled = accepted.filter(({ settled }) => settled).map(({ mark }) => mark)
  await deleteMarks(db, settled, session)
  for (const { mark, cost } of accepted) metrics.folded(mark._id.grain, memory.folded(mark, cost))
  memory.forget(settled.map(({ _id }) => _id))
  return above.map(bucket => markOf(bucket, tokens))
}

function markOf(bucket: Bucket, tokens: Map<string, string>): Mark {
  const { imageId, start } = bucket
  return { _id: bucketId(bucket), imageId, start, token: tokens.get(bucketKey(bucket)) ?? '' }
}

/** Folds them together; when that fails each alone, so that one bad bucket holds nobody up. */
async function foldOrSplit(due: DueMark[], parts: FolderParts, session: mongo.ClientSession): Promise<Accepted[]> {
  try {
    return await foldWithRetries(due, parts, session)
  } catch (err) {
    const [only] = due
    if (due.length > 1) {
      const half = Math.ceil(due.length / 2)
      const first = await foldOrSplit(due.slice(0, half), parts, session)
      return [...first, ...(await foldOrSplit(due.slice(half), parts, session))]
    }
    parts.logger.error({ err, bucket: only?.mark._id }, 'a bucket can not be summed')
    parts.metrics.failed()
    if (only) parts.memory.failed(only.mark)
    return []
  }
}

/** The refused are read and summed again a few times; then they come round. */
async function foldWithRetries(due: DueMark[], parts: FolderParts, session: mongo.ClientSession): Promise<Accepted[]> {
  const accepted: Accepted[] = []
  let waiting = due
  for (let attempt = 0; waiting.length > 0 && attempt < TRIES; attempt++) {
    if (attempt > 0) await pause(Math.random() * 50)
    const buckets = waiting.map(({ mark }) => mark._id)
    const costs = new Map<string, number>()
    for (const { bucket, cost } of await foldBuckets(buckets, parts, session)) costs.set(bucketKey(bucket), cost)
    const left: DueMark[] = []
    for (const one of waiting) {
      const cost = costs.get(bucketKey(one.mark._id))
      if (cost === undefined) left.push(one)
      else accepted.push({ ...one, cost })
    }
    waiting = left
  }
  return accepted
}
