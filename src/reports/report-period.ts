import { type TProperties, Type } from '@fastify/type-provider-typebox'
import type { mongo } from 'mongoose'
import { fieldProblem, Problem } from '../errors.ts'
import { boundariesOf, type Interval, nextOf, startOf } from '../stats/calendar/intervals.ts'
import { type TimeZone, Tz, timeZone, UTC } from '../stats/calendar/time-zone.ts'
import { type BucketRange, rangesBetween, rangesWithin, rollupsIn, ALL_TIME as TOTAL } from '../stats/covered-ranges.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const WEEK_MS = 7 * DAY_MS
/** Periods up to these lengths are summed from hours or days, longer ones from months, which bounds the number of roll-ups. */
const MAX_BY_HOURS_MS = 2 * DAY_MS
const MAX_BY_DAYS_MS = 92 * DAY_MS
/** A report has no more rows either. */
const MAX_POINTS = 50_000

const AGO = '[1-9][0-9]{0,3}[hdw]'
const MOMENT = '\\d{4}-\\d\\d-\\d\\d(T\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,3})?)?Z)?'
const WHOLE_MOMENT = new RegExp(`^${MOMENT}$`)
const UNITS_MS = { h: HOUR_MS, d: DAY_MS, w: WEEK_MS }

/**
 * The source of a report with a period, and the default of `since`. `sums`: roll-ups, by hours, days, months or all time; `series`: roll-ups,
 * by the interval that `intervalOf` returns for the other parameters; `log`: events, by whole hours; `weeks`: events, by whole weeks.
 */
export interface TimeRule {
  by: 'sums' | 'series' | 'log' | 'weeks'
  since: string
  intervalOf?(params: Record<string, unknown>): Interval
  /** The sums also have a number for each hour, day or month. */
  hasSeries?: true
  /** There is no parameter `tz`. */
  isUtc?: true
}

/** A report period, rounded outwards to whole hours, days, weeks or months of a zone's calendar. All time has the grain `total`. */
export interface Period {
  from: Date
  to: Date
  grain: 'hour' | 'day' | 'week' | 'month' | 'total'
  zone: TimeZone
}

/** Returns the schemas of the parameters `since`, `until` and `tz`. */
export function timeParams({ by, since, isUtc }: TimeRule): TProperties {
  const all = by === 'sums' ? '|all' : ''
  const formats = `${by === 'sums' ? 'all, ' : ''}a duration before now (24h, 7d, 4w), a day (2026-11-01) or a time (2026-11-01T06:00Z)`
  return {
    since: Type.String({
      pattern: `^(${AGO}|${MOMENT}${all})$`,
      default: since,
      description: `the beginning: ${formats}`,
    }),
    until: Type.Optional(
      Type.String({ pattern: `^(${AGO}|${MOMENT})$`, description: 'the end, in the same formats; the default is now' }),
    ),
    ...(isUtc ? {} : { tz: Type.Optional(Tz) }),
  }
}

/** The texts of a period. */
interface PeriodTexts {
  since: string
  until?: string | undefined
  tz?: string | undefined
}

/**
 * Returns the period of `since` and `until`, rounded outwards to whole intervals in the zone `tz`.
 * @param params the other parameters of the report
 * @throws Problem `invalid_request` when one of them is not a time, the period is empty, or there is no such zone
 */
export function periodOf(
  rule: TimeRule,
  { since, until, tz }: PeriodTexts,
  now: Date,
  params: Record<string, unknown> = {},
): Period {
  const zone = timeZone(tz)
  const end = until === undefined ? now : momentOf('until', until, zone, now)
  // The future has no events, and an end in the year 9999 would mean millions of empty buckets.
  const to = end < now ? end : now
  if (since === 'all') {
    if (until !== undefined) throw fieldProblem('/querystring/until', 'can not be combined with since=all')
    return ALL_TIME
  }
  const from = momentOf('since', since, zone, now)
  if (from >= to) throw fieldProblem('/querystring/since', 'must be before until, and before now')
  const grain = grainOf(rule, to.getTime() - from.getTime(), params)
  return {
    from: startOf(grain, from, zone),
    to: nextOf(grain, startOf(grain, lastMoment(to), zone), zone),
    grain,
    zone,
  }
}

function grainOf(
  { by, intervalOf }: TimeRule,
  length: number,
  params: Record<string, unknown>,
): Exclude<Period['grain'], 'total'> {
  if (by === 'sums') return grainFor(length)
  if (by === 'weeks') return 'week'
  const interval = intervalOf?.(params) ?? 'hour'
  return interval === 'minute' ? 'hour' : interval
}

function grainFor(length: number): 'hour' | 'day' | 'month' {
  if (length <= MAX_BY_HOURS_MS) return 'hour'
  return length <= MAX_BY_DAYS_MS ? 'day' : 'month'
}

/** The period of all time. */
export const ALL_TIME: Period = { from: new Date(0), to: new Date(0), grain: 'total', zone: UTC }

/** Returns the roll-ups that a report reads for a period: the fewest or, with a series, such that none lies in two intervals of it. */
export function rangesIn({ by, hasSeries }: Pick<TimeRule, 'by' | 'hasSeries'>, period: Period): BucketRange[] {
  const { from, to, grain } = period
  if (grain === 'total') return TOTAL
  if (by === 'series' || hasSeries) return rangesWithin([...startsIn(period), to])
  return rangesBetween(from, to, grain === 'week' ? 'day' : grain)
}

/** Returns a filter for the fewest roll-ups of a period. */
export function bucketsIn(period: Period): mongo.Document {
  return rollupsIn(rangesIn({ by: 'sums' }, period))
}

/** A filter for the current counts. */
export const CURRENT_BUCKETS = { '_id.grain': 'current', '_id.start': null }

/**
 * Returns the starts of the hours, days, weeks or months of a period.
 * @throws Problem `range_too_long` when there are more than 50,000
 */
export function startsIn({ from, to, grain, zone }: Period): Date[] {
  if (grain === 'total') return []
  const boundaries = boundariesOf(grain, from, to, zone, MAX_POINTS)
  if (!boundaries) throw new Problem('range_too_long', { detail: `more than ${MAX_POINTS} ${grain}s` })
  return boundaries.slice(0, -1)
}

function momentOf(name: string, text: string, zone: TimeZone, now: Date): Date {
  const unit = UNITS_MS[text.slice(-1) as keyof typeof UNITS_MS]
  const moment = unit ? new Date(now.getTime() - Number(text.slice(0, -1)) * unit) : readMoment(text, zone)
  if (!moment) throw fieldProblem(`/querystring/${name}`, 'is not a time that exists')
  return moment
}

/** Parses a day, which begins at midnight in the zone, or a time in UTC: 2026-11-01 or 2026-11-01T06:00Z; undefined when it is neither. */
export function readMoment(text: string, zone: TimeZone = UTC): Date | undefined {
  const moment = new Date(text)
  // Date takes 31 February for 3 March.
  const isReal = !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text.slice(0, 10))
  if (!isReal || !WHOLE_MOMENT.test(text)) return undefined
  return text.endsWith('Z') ? moment : new Date(zone.timeOf(moment.getTime()))
}

/** Returns the last millisecond before an end, which is exclusive. */
function lastMoment(to: Date): Date {
  return new Date(to.getTime() - 1)
}
