import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { mongo } from 'mongoose'
import { type Bucket, bucketId, bucketKey, bucketsAbove } from '../../events/marks/buckets.ts'
import { deleteMarks, type Mark, putMarks, readMarks } from '../../events/marks/marks.ts'
import type { RollupParts } from '../aggregation/read-sources.ts'
import { rollUpBuckets } from '../aggregation/roll-up-buckets.ts'
import { rollUpFresh } from '../aggregation/roll-up-fresh.ts'
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

/** A mark whose bucket is to be rolled up now. */
export interface DueMark {
  mark: Mark
  /** The mark may be deleted once the roll-up is written. */
  settled: boolean
}

interface RolledUpMark extends DueMark {
  /** How long reading the source took, in ms. */
  cost: number
}

type RollUp = (due: DueMark[], parts: WorkerParts, session: mongo.ClientSession) => Promise<RolledUpMark[]>

/**
 * Rolls up the buckets of marks of one grain, either all or none of them fresh minutes, and deletes the settled marks. Before a mark is deleted, the buckets above are marked.
 * @returns the marks of the buckets above
 */
export async function rollUpMarks(due: DueMark[], parts: WorkerParts, session: mongo.ClientSession): Promise<Mark[]> {
  const { db, schedule, metrics } = parts
  const rollUp = due.every(isFreshMinute) ? rollUpFreshMinutes : rollUpWithRetries
  const rolledUp = await rollUpOrSplit(due, rollUp, parts, session)
  const settled = rolledUp.filter(({ settled }) => settled).map(({ mark }) => mark)
  const above = await markAbove(settled, db, session)
  // Recorded before the marks are deleted: where that fails, these buckets rest like any other.
  for (const { mark, cost } of rolledUp) metrics.rolledUp(mark._id.grain, schedule.rolledUp(mark, cost))
  await deleteMarks(db, settled, session)
  const buckets = settled.map(({ _id }) => _id)
  schedule.forget(buckets)
  await deletePartials(
    db,
    buckets.filter(({ grain }) => grain === 'minute'),
    session,
  )
  return above
}

/** Whether a minute is still being written to, so that its roll-up may be provisional. */
export function isFreshMinute({ mark, settled }: DueMark): boolean {
  return mark._id.grain === 'minute' && !settled
}

/** Marks the buckets directly above those of the given marks; each waits for the earliest time that one of these waits for. */
async function markAbove(below: Mark[], db: mongo.Db, session: mongo.ClientSession): Promise<Mark[]> {
  const above = new Map<string, { bucket: Bucket; start: Date | null }>()
  for (const { _id, start } of below) {
    for (const bucket of bucketsAbove(_id)) {
      const key = bucketKey(bucket)
      const known = above.get(key)
      if (!known || (start && known.start && start < known.start)) above.set(key, { bucket, start })
    }
  }
  const buckets = [...above.values()].map(({ bucket }) => bucket)
  const since = (bucket: Bucket) => above.get(bucketKey(bucket))?.start ?? null
  await putMarks(db, buckets, { session, since })
  // Read again: a mark that existed may wait for an earlier time.
  return readMarks(db, buckets, session)
}

/** Rolls up buckets together. When that fails, it splits them in halves, so that one bad bucket does not block the others. */
async function rollUpOrSplit(
  due: DueMark[],
  rollUp: RollUp,
  parts: WorkerParts,
  session: mongo.ClientSession,
): Promise<RolledUpMark[]> {
  const [only] = due
  if (!only) return []
  try {
    return await rollUp(due, parts, session)
  } catch (err) {
    if (due.length > 1) {
      const half = Math.ceil(due.length / 2)
      const first = await rollUpOrSplit(due.slice(0, half), rollUp, parts, session)
      return [...first, ...(await rollUpOrSplit(due.slice(half), rollUp, parts, session))]
    }
    parts.logger.error({ err, bucket: only.mark._id }, 'rolling up a bucket failed; it will be retried')
    parts.metrics.failed()
    parts.schedule.failed(only.mark)
    return []
  }
}

/** Rolls up minutes that are still being written to. Those that had to wait are tried again in the next round. */
const rollUpFreshMinutes: RollUp = async (due, parts, session) => {
  const minutes = due.map(({ mark }) => bucketId(mark._id))
  const costs = new Map(
    (await rollUpFresh(minutes, parts, session)).map(({ bucket, cost }) => [bucketKey(bucket), cost]),
  )
  for (const { mark } of due) if (!costs.has(bucketKey(mark._id))) parts.schedule.postponed(mark)
  return withCosts(due, costs)
}

/** Rolls up buckets again when compare and set refused them, a few times; the rest is left to later rounds. */
const rollUpWithRetries: RollUp = async (due, parts, session) => {
  const costs = new Map<string, number>()
  let waiting = due.map(({ mark }) => bucketId(mark._id))
  for (let attempt = 0; waiting.length > 0 && attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await pause(Math.random() * 50)
    for (const { bucket, cost } of await rollUpBuckets(waiting, parts, session)) costs.set(bucketKey(bucket), cost)
    waiting = waiting.filter(bucket => !costs.has(bucketKey(bucket)))
  }
  return withCosts(due, costs)
}

/** Returns the marks whose bucket was rolled up. @param costs by bucket key */
function withCosts(due: DueMark[], costs: ReadonlyMap<string, number>): RolledUpMark[] {
  return due.flatMap(one => {
    const cost = costs.get(bucketKey(one.mark._id))
    return cost === undefined ? [] : [{ ...one, cost }]
  })
}
