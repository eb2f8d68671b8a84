import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { mongo } from 'mongoose'
import { type Bucket, bucketId, bucketKey, bucketsAbove, distinct } from '../../events/marks/buckets.ts'
import { deleteMarks, type Mark, putMarks } from '../../events/marks/marks.ts'
import { type RollupParts, rollUpBuckets } from '../aggregation/roll-up-buckets.ts'
import type { MarkSchedule } from './mark-schedule.ts'
import type { RollupMetrics } from './rollup-metrics.ts'

const TRIES = 3

export interface WorkerParts extends RollupParts {
  schedule: MarkSchedule
  logger: FastifyBaseLogger
  metrics: RollupMetrics
}

/** A bucket that is to be summed now: for its mark, or along with what is below it. */
export interface DueBucket {
  bucket: Bucket
  mark?: Mark
  /** Its mark may go once the sum stands. */
  settled: boolean
}

interface Accepted extends DueBucket {
  cost: number
}

/** What is summed from the buckets that were folded. */
interface Above {
  marks: Mark[]
  /** They have no mark of their own: one stands below them that has yet to settle. */
  along: Bucket[]
}

/**
 * Folds buckets of one grain. Where a bucket's mark is to go, what is above is marked before; where it stays, it will come back for
 * that, and what is above may be summed along meanwhile.
 */
export async function rollUpMarks(due: DueBucket[], parts: WorkerParts, session: mongo.ClientSession): Promise<Above> {
  const { db, schedule, metrics } = parts
  const accepted = await rollUpOrSplit(due, parts, session)
  const settled = accepted.flatMap(({ mark, settled }) => (mark && settled ? [mark] : []))
  const marks = await markAbove(
    settled.map(({ _id }) => _id),
    db,
    session,
  )
  // Remembered before: where its mark can not be taken away, it rests like any other and the next rounds get by it.
  for (const { bucket, mark, cost } of accepted)
    metrics.rolledUp(bucket.grain, schedule.rolledUp(bucket, mark?.token, cost))
  await deleteMarks(db, settled, session)
  schedule.forget(settled.map(({ _id }) => _id))
  const staying = accepted.filter(({ settled }) => !settled).map(({ bucket }) => bucket)
  return { marks, along: distinct(staying.flatMap(bucketsAbove)) }
}

/** Marks what is summed from some buckets. @returns the marks */
export async function markAbove(buckets: Bucket[], db: mongo.Db, session: mongo.ClientSession): Promise<Mark[]> {
  const above = distinct(buckets.flatMap(bucketsAbove))
  const { tokens } = await putMarks(db, above, session)
  return above.map(bucket => ({
    _id: bucketId(bucket),
    imageId: bucket.imageId,
    start: bucket.start,
    token: tokens.get(bucketKey(bucket)) ?? '',
  }))
}

/** Folds them together; when that fails each alone, so that one bad bucket holds nobody up. */
async function rollUpOrSplit(due: DueBucket[], parts: WorkerParts, session: mongo.ClientSession): Promise<Accepted[]> {
  try {
    return await rollUpWithRetries(due, parts, session)
  } catch (err) {
    const [only] = due
    if (due.length > 1) {
      const half = Math.ceil(due.length / 2)
      const first = await rollUpOrSplit(due.slice(0, half), parts, session)
      return [...first, ...(await rollUpOrSplit(due.slice(half), parts, session))]
    }
    parts.logger.error({ err, bucket: only?.bucket }, 'a bucket can not be summed')
    parts.metrics.failed()
    if (only) parts.schedule.failed(only.bucket)
    return []
  }
}

/** The refused are read and summed again a few times; then they come round. */
async function rollUpWithRetries(
  due: DueBucket[],
  parts: WorkerParts,
  session: mongo.ClientSession,
): Promise<Accepted[]> {
  const accepted: Accepted[] = []
  let waiting = due
  for (let attempt = 0; waiting.length > 0 && attempt < TRIES; attempt++) {
    if (attempt > 0) await pause(Math.random() * 50)
    const buckets = waiting.map(({ bucket }) => bucket)
    const costs = new Map<string, number>()
    for (const { bucket, cost } of await rollUpBuckets(buckets, parts, session)) costs.set(bucketKey(bucket), cost)
    const left: DueBucket[] = []
    for (const one of waiting) {
      const cost = costs.get(bucketKey(one.bucket))
      if (cost === undefined) left.push(one)
      else accepted.push({ ...one, cost })
    }
    waiting = left
  }
  return accepted
}
