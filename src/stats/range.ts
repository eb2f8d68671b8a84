import type { mongo } from 'mongoose'
import { fieldProblem, Problem } from '../errors.ts'
import { timeOf } from '../http/time.ts'
import { completeSince } from '../rollups/retention-horizons.ts'
import { boundariesOf, type Interval, nextOf, startOf } from './calendar/intervals.ts'
import { type TimeZone, timeZone } from './calendar/time-zone.ts'
import { type BucketRange, rangesBetween, rangesWithin } from './covered-ranges.ts'

const MAX_POINTS = 1500

/** Query parameters of a range. */
interface RangeQuery {
  from?: string
  to?: string
  interval?: Interval
  tz?: string
  compare?: 'previous'
}

/** The time that a range is compared with, and the fewest buckets that cover it. */
export interface Span {
  from: Date
  to: Date
  ranges: BucketRange[]
}

/** A range of time, rounded outwards to whole intervals of a zone's calendar. */
export interface Range {
  interval: Interval
  zone: TimeZone
  /** The starts of the intervals, and the end of the last one. */
  boundaries: Date[]
  /** The buckets that the intervals are summed from. */
  ranges: BucketRange[]
  /** For a comparison: the same number of intervals before; null when roll-ups of them have expired. */
  before?: Span | null
}

/**
 * Returns the requested range; undefined for all time. The default of `to` is now, that of `interval` is day, that of `tz` is UTC.
 * @throws Problem `invalid_request` when it is empty, `range_too_long` for more than 1,500 points, `interval_expired` when roll-ups that
 *   it is summed from have expired
 */
export async function requestedRange(db: mongo.Db, { from, tz, ...others }: RangeQuery): Promise<Range | undefined> {
  const zone = timeZone(tz)
  const { to, interval = 'day', compare } = others
  if (from !== undefined) {
    const until = to === undefined ? new Date() : timeOf('/querystring/to', to)
    const range = await rounded(timeOf('/querystring/from', from), until, interval, zone, db)
    return compare ? { ...range, before: await spanBefore(range, db) } : range
  }
  const alone = (['to', 'interval', 'compare'] as const).find(name => others[name] !== undefined)
  if (alone) throw fieldProblem('/querystring/from', `is required with ${alone}`)
  return undefined
}

/** Returns what tells ranges apart, as the key of a cached answer. */
export function rangeKey(range: Range | undefined): unknown {
  return range && [range.interval, range.zone.name, range.boundaries[0], range.boundaries.at(-1), 'before' in range]
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

async function spanBefore({ interval, zone, boundaries }: Range, db: mongo.Db): Promise<Span | null> {
  const [to = new Date(0), ...ends] = boundaries
  const from = ends.reduce(start => startOf(interval, new Date(start.getTime() - 1), zone), to)
  const ranges = rangesBetween(from, to)
  return (await expiredIn(db, ranges)) ? null : { from, to, ranges }
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
  const expired = await expiredIn(db, ranges)
  if (!expired) return
  const detail = `roll-ups by ${expired.grain} are kept since ${expired.kept.toISOString()}${purpose}`
  throw new Problem('interval_expired', { detail })
}

/** Returns the grain whose roll-ups in these ranges have expired, and since when they are kept; undefined when they are complete. */
async function expiredIn(db: mongo.Db, ranges: BucketRange[]) {
  for (const grain of ['hour', 'minute'] as const) {
    const first = ranges.find(range => range.grain === grain)?.from
    if (!first) continue
    const kept = await completeSince(db, grain)
    if (first < kept) return { grain, kept }
  }
  return undefined
}
