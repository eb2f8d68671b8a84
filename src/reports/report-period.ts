import { type TProperties, Type } from '@fastify/type-provider-typebox'
import { fieldProblem } from '../errors.ts'
import { endOf, startOf } from '../events/marks/buckets.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const WEEK_MS = 7 * DAY_MS
/** Periods up to these lengths are summed from hours or days, longer ones from months, which bounds the number of roll-ups. */
const MAX_BY_HOURS_MS = 2 * DAY_MS
const MAX_BY_DAYS_MS = 92 * DAY_MS
/** The first Monday of the Unix time: 1970 began on a Thursday. */
const FIRST_MONDAY_MS = 4 * DAY_MS

const AGO = '[1-9][0-9]{0,3}[hdw]'
const MOMENT = '\\d{4}-\\d\\d-\\d\\d(T\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,3})?)?Z)?'
const WHOLE_MOMENT = new RegExp(`^${MOMENT}$`)
const UNITS_MS = { h: HOUR_MS, d: DAY_MS, w: WEEK_MS }

/**
 * The source of a report with a period, and the default of `since`. `sums`: roll-ups of hours, days, months or all time; `hours`:
 * roll-ups of hours; `log`: events, by whole hours; `weeks`: events, by whole weeks that begin on Monday. All in UTC.
 */
export interface TimeRule {
  by: 'sums' | 'hours' | 'log' | 'weeks'
  since: string
}

/** A report period, rounded outwards to whole buckets of a grain. All time has the grain `total`. */
export interface Period {
  from: Date
  to: Date
  grain: 'hour' | 'day' | 'month' | 'total'
}

/** Returns the schemas of the parameters `since` and `until`. */
export function timeParams({ by, since }: TimeRule): TProperties {
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
  }
}

/**
 * Returns the period of `since` and `until`, rounded outwards to whole buckets.
 * @throws Problem `invalid_request` when one of them is not a time, or the period is empty
 */
export function periodOf({ by }: TimeRule, since: string, until: string | undefined, now: Date): Period {
  const end = until === undefined ? now : momentOf('until', until, now)
  // The future has no events, and an end in the year 9999 would mean millions of empty buckets.
  const to = end < now ? end : now
  if (since === 'all') {
    if (until !== undefined) throw fieldProblem('/querystring/until', 'can not be combined with since=all')
    return ALL_TIME
  }
  const from = momentOf('since', since, now)
  if (from >= to) throw fieldProblem('/querystring/since', 'must be before until, and before now')
  if (by === 'weeks')
    return { from: mondayOf(from), to: new Date(mondayOf(lastMoment(to)).getTime() + WEEK_MS), grain: 'day' }
  const grain = by === 'sums' ? grainFor(to.getTime() - from.getTime()) : 'hour'
  return { from: startOf(grain, from), to: endOf(grain, startOf(grain, lastMoment(to))), grain }
}

function grainFor(length: number): 'hour' | 'day' | 'month' {
  if (length <= MAX_BY_HOURS_MS) return 'hour'
  return length <= MAX_BY_DAYS_MS ? 'day' : 'month'
}

/** The period of all time. */
export const ALL_TIME: Period = { from: new Date(0), to: new Date(0), grain: 'total' }

/** Returns a filter for the roll-ups of a period. */
export function bucketsIn({ from, to, grain }: Period) {
  return { '_id.grain': grain, '_id.start': grain === 'total' ? null : { $gte: from, $lt: to } }
}

/** A filter for the current counts. */
export const CURRENT_BUCKETS = { '_id.grain': 'current', '_id.start': null }

/** Returns the starts of the hours, days or months of a period. */
export function startsIn({ from, to, grain }: Period): Date[] {
  const starts: Date[] = []
  if (grain === 'total') return starts
  for (let start = from; start < to; start = endOf(grain, start)) starts.push(start)
  return starts
}

function momentOf(name: string, text: string, now: Date): Date {
  const unit = UNITS_MS[text.slice(-1) as keyof typeof UNITS_MS]
  const moment = unit ? new Date(now.getTime() - Number(text.slice(0, -1)) * unit) : readMoment(text)
  if (!moment) throw fieldProblem(`/querystring/${name}`, 'is not a time that exists')
  return moment
}

/** Parses a day or a time in UTC, such as 2026-11-01 or 2026-11-01T06:00Z; undefined when it is neither. */
export function readMoment(text: string): Date | undefined {
  const moment = new Date(text)
  // Date takes 31 February for 3 March.
  const isReal = !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text.slice(0, 10))
  return isReal && WHOLE_MOMENT.test(text) ? moment : undefined
}

/** Returns the last millisecond before an end, which is exclusive. */
function lastMoment(to: Date): Date {
  return new Date(to.getTime() - 1)
}

function mondayOf(at: Date): Date {
  return new Date(Math.floor((at.getTime() - FIRST_MONDAY_MS) / WEEK_MS) * WEEK_MS + FIRST_MONDAY_MS)
}
