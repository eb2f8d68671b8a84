import type { mongo } from 'mongoose'
import { fieldProblem, Problem } from '../errors.ts'
import { endOf, startOf } from '../events/marks/buckets.ts'
import { timeOf } from '../http/time.ts'
import { completeSince } from '../rollups/retention-horizons.ts'

export const INTERVALS = ['minute', 'hour', 'day'] as const
export type Interval = (typeof INTERVALS)[number]

const MAX_POINTS = 1500

/** Query parameters of a range. */
interface RangeQuery {
  from?: string
  to?: string
  interval?: Interval
}

/** A range of time, rounded outwards to whole intervals. */
export interface Range {
  from: Date
  to: Date
  interval: Interval
}

/**
 * Returns the requested range; undefined for all time. The default of `to` is now, that of `interval` is day.
 * @throws Problem `invalid_request` when it is empty, `range_too_long` for more than 1,500 points, `interval_expired` when its
 *   beginning has expired
 */
export async function requestedRange(db: mongo.Db, { from, to, interval }: RangeQuery): Promise<Range | undefined> {
  if (from !== undefined) {
    const until = to === undefined ? new Date() : timeOf('/querystring/to', to)
    return rounded(timeOf('/querystring/from', from), until, interval ?? 'day', db)
  }
  const alone = to !== undefined ? 'to' : interval !== undefined ? 'interval' : undefined
  if (alone) throw fieldProblem('/querystring/from', `is required with ${alone}`)
  return undefined
}

async function rounded(from: Date, to: Date, interval: Interval, db: mongo.Db): Promise<Range> {
  if (to <= from) throw fieldProblem('/querystring/to', 'must be after from')
  const start = startOf(interval, from)
  const last = startOf(interval, to)
  const end = last < to ? endOf(interval, last) : last
  const width = endOf(interval, start).getTime() - start.getTime()
  const points = (end.getTime() - start.getTime()) / width
  await refuseExpired(db, interval, start)
  if (points > MAX_POINTS) throw new Problem('range_too_long', { detail: `${points} points, at most ${MAX_POINTS}` })
  return { from: start, to: end, interval }
}

/** Checks that the roll-ups of an interval are complete since a time. @throws Problem `interval_expired` */
export async function refuseExpired(db: mongo.Db, interval: Interval, since: Date): Promise<void> {
  if (interval === 'day') return
  const kept = await completeSince(db, interval)
  if (since < kept)
    throw new Problem('interval_expired', { detail: `roll-ups by ${interval} are kept since ${kept.toISOString()}` })
}
