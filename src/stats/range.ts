import type { mongo } from 'mongoose'
import { fieldProblem, Problem } from '../errors.ts'
import { timeOf } from '../http/time.ts'
import { completeSince } from '../rollups/retention-horizons.ts'
import { boundariesOf, type Interval, nextOf, startOf } from './calendar/intervals.ts'
import { type TimeZone, timeZone } from './calendar/time-zone.ts'
import { type BucketRange, rangesWithin } from './covered-ranges.ts'

const MAX_POINTS = 1500

/** Query parameters of a range. */
interface RangeQuery {
  from?: string
  to?: string
  interval?: Interval
  tz?: string
}

/** A range of time, rounded outwards to whole intervals of a zone's calendar. */
export interface Range {
  interval: Interval
  zone: TimeZone
  /** The starts of the intervals, and the end of the last one. */
  boundaries: Date[]
  /** The buckets that the intervals are summed from. */
  ranges: BucketRange[]
}

/**
 * Returns the requested range; undefined for all time. The default of `to` is now, that of `interval` is day, that of `tz` is UTC.
 * @throws Problem `invalid_request` when it is empty, `range_too_long` for more than 1,500 points, `interval_expired` when roll-ups that
 *   it is summed from have expired
 */
export async function requestedRange(db: mongo.Db, { from, to, interval, tz }: RangeQuery): Promise<Range | undefined> {
  const zone = timeZone(tz)
  if (from !== undefined) {
    const until = to === undefined ? new Date() : timeOf('/querystring/to', to)
    return rounded(timeOf('/querystring/from', from), until, interval ?? 'day', zone, db)
  }
  const alone = to !== undefined ? 'to' : interval !== undefined ? 'interval' : undefined
  if (alone) throw fieldProblem('/querystring/from', `is required with ${alone}`)
  return undefined
}

async function rounded(from: Date, to: Date, interval: Interval, zone: TimeZone, db: mongo.Db): Promise<Range> {
  if (to <= from) throw fieldProblem('/querystring/to', 'must be after from')
  const start = startOf(interval, from, zone)
  const boundaries = boundariesOf(interval, start, to, zone, MAX_POINTS)
  const ranges = rangesWithin(boundaries ?? [start, nextOf(interval, start, zone)])
  await refuseExpired(db, ranges, purposeOf(zone, interval))
  if (!boundaries) throw new Problem('range_too_long', { detail: `more than ${MAX_POINTS} points` })
  return { interval, zone, boundaries, ranges }
}

/** Returns what the roll-ups of a range in a zone are needed for; nothing for UTC, of whose intervals there are roll-ups. */
export function purposeOf(zone: TimeZone, what: string): string {
  return zone.name === 'UTC' ? '' : `; in ${zone.label} a ${what} is summed from them, in UTC from longer ones`
}

/**
 * Checks that the roll-ups in these ranges are complete.
 * @param purpose follows in the detail
 * @throws Problem `interval_expired`
 */
export async function refuseExpired(db: mongo.Db, ranges: BucketRange[], purpose = ''): Promise<void> {
  for (const grain of ['hour', 'minute'] as const) {
    const first = ranges.find(range => range.grain === grain)?.from
    if (!first) continue
    const kept = await completeSince(db, grain)
    const detail = `roll-ups by ${grain} are kept since ${kept.toISOString()}${purpose}`
    if (first < kept) throw new Problem('interval_expired', { detail })
  }
}
