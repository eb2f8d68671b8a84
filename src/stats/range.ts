import type { mongo } from 'mongoose'
import { fieldProblem, Problem } from '../errors.ts'
import { endOf, startOf } from '../events/marks/buckets.ts'
import { timeOf } from '../http/time.ts'
import { completeSince } from '../rollups/retention-horizons.ts'

export const INTERVALS = ['minute', 'hour', 'day'] as const
export type Interval = (typeof INTERVALS)[number]

const MOST_POINTS = 1500

/** What was asked for; times as they were sent. */
interface RangeQuery {
  from?: string
  to?: string
  interval?: Interval
}

/** A stretch of time and the width of its points, snapped outwards to whole buckets. */
export interface Range {
  from: Date
  to: Date
  interval: Interval
}

/**
 * The range that was asked for, as it will be answered; undefined is all time. Up to now and by days, unless it says otherwise.
 * @throws Problem where it is empty, has too many points, or began before what is kept
 */
export async function askedRange(db: mongo.Db, { from, to, interval }: RangeQuery): Promise<Range | undefined> {
  if (from !== undefined) {
    const until = to === undefined ? new Date() : timeOf('/querystring/to', to)
    return snapped(timeOf('/querystring/from', from), until, interval ?? 'day', db)
  }
  const alone = to !== undefined ? 'to' : interval !== undefined ? 'interval' : undefined
  if (alone) throw fieldProblem('/querystring/from', `is needed with ${alone}`)
  return undefined
}

async function snapped(from: Date, to: Date, interval: Interval, db: mongo.Db): Promise<Range> {
  if (to <= from) throw fieldProblem('/querystring/to', 'must be after from')
  const start = startOf(interval, from)
  const last = startOf(interval, to)
  const end = last < to ? endOf(interval, last) : last
  const width = endOf(interval, start).getTime() - start.getTime()
  const points = (end.getTime() - start.getTime()) / width
  await refuseExpired(db, interval, start)
  if (points > MOST_POINTS) throw new Problem('range_too_long', { detail: `${points} points, at most ${MOST_POINTS}` })
  return { from: start, to: end, interval }
}

/** @throws Problem `interval_expired` where sums of that width may have gone since then */
export async function refuseExpired(db: mongo.Db, interval: Interval, since: Date): Promise<void> {
  if (interval === 'day') return
  const kept = await completeSince(db, interval)
  if (since < kept)
    throw new Problem('interval_expired', { detail: `${interval}s are kept since ${kept.toISOString()}` })
}
