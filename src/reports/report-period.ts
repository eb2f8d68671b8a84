import { type TProperties, Type } from '@fastify/type-provider-typebox'
import { fieldProblem } from '../errors.ts'
import { endOf, startOf } from '../events/marks/buckets.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const WEEK = 7 * DAY
/** A time of up to so long is put together from hours, from days, a longer one from months: never from many pieces. */
const BY_HOURS = 2 * DAY
const BY_DAYS = 92 * DAY
/** 1970 began on a Thursday. */
const FIRST_MONDAY = 4 * DAY

const AGO = '[1-9][0-9]{0,3}[hdw]'
const MOMENT = '\\d{4}-\\d\\d-\\d\\d(T\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,3})?)?Z)?'
const WHOLE_MOMENT = new RegExp(`^${MOMENT}$`)
const UNITS = { h: HOUR, d: DAY, w: WEEK }

/**
 * What a report's time is made of, and where it begins when nobody says. `sums`: rollups of hours, days, months or all time; `hours`:
 * rollups of hours; `log`: events, by whole hours; `weeks`: events, by whole weeks that begin on Monday. All in UTC.
 */
export interface TimeRule {
  by: 'sums' | 'hours' | 'log' | 'weeks'
  since: string
}

/** A stretch of time, snapped outwards to whole pieces. All time has the grain `total`. */
export interface Period {
  from: Date
  to: Date
  grain: 'hour' | 'day' | 'month' | 'total'
}

/** The parameters of a report that is about a time. */
export function timeParams({ by, since }: TimeRule): TProperties {
  const all = by === 'sums' ? '|all' : ''
  const words = `${by === 'sums' ? 'all, ' : ''}so long ago (24h, 7d, 4w), a day (2026-11-01) or a time (2026-11-01T06:00Z)`
  return {
    since: Type.String({ pattern: `^(${AGO}|${MOMENT}${all})$`, default: since, description: words }),
    until: Type.Optional(
      Type.String({ pattern: `^(${AGO}|${MOMENT})$`, description: 'the end, given in the same way; now without it' }),
    ),
  }
}

/**
 * The time that is meant, all of it and as little more as whole pieces allow.
 * @throws Problem where it is no time, or is empty
 */
export function periodOf({ by }: TimeRule, since: string, until: string | undefined, now: Date): Period {
  const end = until === undefined ? now : momentOf('until', until, now)
  // Beyond now there is nothing: an end in the year 9999 would be millions of empty pieces.
  const to = end < now ? end : now
  if (since === 'all') {
    if (until !== undefined) throw fieldProblem('/querystring/until', 'all time has no end')
    return ALL_TIME
  }
  const from = momentOf('since', since, now)
  if (from >= to) throw fieldProblem('/querystring/since', 'must be before until, and before now')
  if (by === 'weeks')
    return { from: mondayOf(from), to: new Date(mondayOf(lastMoment(to)).getTime() + WEEK), grain: 'day' }
  const grain = by === 'sums' ? grainFor(to.getTime() - from.getTime()) : 'hour'
  return { from: startOf(grain, from), to: endOf(grain, startOf(grain, lastMoment(to))), grain }
}

function grainFor(length: number): 'hour' | 'day' | 'month' {
  if (length <= BY_HOURS) return 'hour'
  return length <= BY_DAYS ? 'day' : 'month'
}

export const ALL_TIME: Period = { from: new Date(0), to: new Date(0), grain: 'total' }

/** Which rollups make up a span. */
export function bucketsIn({ from, to, grain }: Period) {
  return { '_id.grain': grain, '_id.start': grain === 'total' ? null : { $gte: from, $lt: to } }
}

/** Where the hours, days or months of a span begin. */
export function startsIn({ from, to, grain }: Period): Date[] {
  const starts: Date[] = []
  if (grain === 'total') return starts
  for (let start = from; start < to; start = endOf(grain, start)) starts.push(start)
  return starts
}

function momentOf(name: string, text: string, now: Date): Date {
  const unit = UNITS[text.slice(-1) as keyof typeof UNITS]
  const moment = unit ? new Date(now.getTime() - Number(text.slice(0, -1)) * unit) : readMoment(text)
  if (!moment) throw fieldProblem(`/querystring/${name}`, 'is no time')
  return moment
}

/** A day, or a time in UTC, as people write it: 2026-11-01, 2026-11-01T06:00Z. Undefined where it is none. */
export function readMoment(text: string): Date | undefined {
  const moment = new Date(text)
  // A 31st of February is the 3rd of March to Date.
  const isReal = !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text.slice(0, 10))
  return isReal && WHOLE_MOMENT.test(text) ? moment : undefined
}

/** The end itself belongs to no piece. */
function lastMoment(to: Date): Date {
  return new Date(to.getTime() - 1)
}

function mondayOf(at: Date): Date {
  return new Date(Math.floor((at.getTime() - FIRST_MONDAY) / WEEK) * WEEK + FIRST_MONDAY)
}
