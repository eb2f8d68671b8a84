import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { mongo } from 'mongoose'
import { type Bucket, bucketId, bucketKey, bucketsAbove, distinct } from '../../events/marks/buckets.ts'
import { deleteMarks, type Mark, putMarks } from '../../events/marks/marks.ts'
import { type RollupParts, rollUpBuckets } from '../aggregation/roll-up-buckets.ts'
import { deletePartials } from '../partials/partials.ts'
import type { MarkSchedule } from './mark-schedule.ts'
import type { RollupMetrics } from './rollup-metrics.ts'

const ATTEMPTS = 3

/** What the roll-up worker needs: database and log, and the state of this process. */
export interface WorkerParts extends RollupParts {
  schedule: MarkSchedule
  logger: FastifyBaseLogger
  metrics: RollupMetrics
}

/** A bucket to roll up now: for its mark, or without one, along with a bucket below it. */
export interface DueBucket {
  bucket: Bucket
  mark?: Mark
  /** The mark may be deleted once the roll-up is written. */
  settled: boolean
}

interface Accepted extends DueBucket {
  cost: number
}

/** The buckets that are rolled up from the ones just written. */
interface Above {
  marks: Mark[]
  /** Buckets without a mark of their own: a mark below them has yet to settle. */
  along: Bucket[]
}

/**
 * Rolls up buckets of one grain and deletes the settled marks. Before a mark is deleted, the buckets above are marked. Where a
 * mark stays, its bucket will be rolled up again, and the buckets above may be rolled up along with it meanwhile.
 * @returns the buckets above: those that were marked, and those to roll up along
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
  // Recorded before the marks are deleted: where that fails, these buckets rest like any other.
  for (const { bucket, mark, cost } of accepted)
    metrics.rolledUp(bucket.grain, schedule.rolledUp(bucket, mark?.token, cost))
  await deleteMarks(db, settled, session)
  schedule.forget(settled.map(({ _id }) => _id))
  await deletePartials(
    db,
    settled.flatMap(({ _id }) => (_id.grain === 'minute' ? [_id] : [])),
    session,
  )
  const staying = accepted.filter(({ settled }) => !settled).map(({ bucket }) => bucket)
  return { marks, along: distinct(staying.flatMap(bucketsAbove)) }
}

/** Marks the buckets directly above the given ones. @returns the marks */
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

/** Rolls up buckets together. When that fails, it splits them in halves, so that one bad bucket does not block the others. */
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
    parts.logger.error({ err, bucket: only?.bucket }, 'rolling up a bucket failed; it will be retried')
    parts.metrics.failed()
    if (only) parts.schedule.failed(only.bucket)
    return []
  }
}

/** Rolls up buckets again when compare and set refused them, a few times; the rest is left to later rounds. */
async function rollUpWithRetries(
  due: DueBucket[],
  parts: WorkerParts,
  session: mongo.ClientSession,
): Promise<Accepted[]> {
  const accepted: Accepted[] = []
  let waiting = due
  for (let attempt = 0; waiting.length > 0 && attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await pause(Math.random() * 50)
    const buckets = waiting.map(({ bucket }) => bucket)
    const costs = new Map<string, number>()
    const fresh = waiting.filter(isFreshMinute).map(({ bucket }) => bucket)
    for (const { bucket, cost } of await rollUpBuckets(buckets, parts, session, fresh))
      costs.set(bucketKey(bucket), cost)
    const left: DueBucket[] = []
    for (const due of waiting) {
      const cost = costs.get(bucketKey(due.bucket))
      if (cost !== undefined) accepted.push({ ...due, cost })
      else if (!isFreshMinute(due)) left.push(due)
    }
    waiting = left
  }
  return accepted
}

/** Whether a minute is still being written to, so that its roll-up may be provisional. The next round is early enough for another attempt. */
function isFreshMinute({ bucket, mark, settled }: DueBucket): boolean {
  return bucket.grain === 'minute' && mark !== undefined && !settled
}
