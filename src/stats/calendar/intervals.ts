import { startOf as startInUtc } from '../../events/marks/buckets.ts'
import type { TimeZone } from './time-zone.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Intervals of a calendar. Weeks begin on Monday (ISO 8601). */
export const INTERVALS = ['minute', 'hour', 'day', 'week', 'month'] as const
export type Interval = (typeof INTERVALS)[number]

/** Returns the start of the interval of a zone's calendar that contains a time. */
export function startOf(interval: Interval, at: Date, zone: TimeZone): Date {
  const time = at.getTime()
  if (interval !== 'minute' && interval !== 'hour')
    return new Date(zone.timeOf(firstDayOf(interval, zone.localAt(time))))
  const width = widthOf(interval)
  const start = time - modulo(zone.localAt(time), width)
  // An hour in which the clock is changed is cut there.
  return new Date(zone.changeAfter(start, time) ?? start)
}

/** Returns the start of the interval that follows the one that starts at `start`. */
export function nextOf(interval: Interval, start: Date, zone: TimeZone): Date {
  const time = start.getTime()
  const local = zone.localAt(time)
  if (interval !== 'minute' && interval !== 'hour') return new Date(zone.timeOf(firstDayAfter(interval, local)))
  const width = widthOf(interval)
  const end = time + width - modulo(local, width)
  return new Date(zone.changeAfter(time, end) ?? end)
}

/**
 * Returns the starts of the intervals from one that starts at `from` up to one that starts at `to`, which is the last element.
 * @param most the largest number of intervals; undefined is returned when there are more
 */
export function boundariesOf(
  interval: Interval,
  from: Date,
  to: Date,
  zone: TimeZone,
  most: number,
): Date[] | undefined {
  const boundaries = [from]
  for (let start = from; start < to; ) {
    if (boundaries.length > most) return undefined
    start = nextOf(interval, start, zone)
    boundaries.push(start)
  }
  return boundaries
}

/** Returns the index of the last of these sorted times that is not after `time`; -1 when all are. */
export function indexAt(starts: Date[], time: Date): number {
  let [low, high] = [0, starts.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (Number(starts[middle]) <= time.getTime()) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** Returns the local midnight with which the interval of a local time begins. */
function firstDayOf(interval: 'day' | 'week' | 'month', local: number): number {
  const day = local - modulo(local, DAY_MS)
  if (interval === 'day') return day
  if (interval === 'week') return day - ((new Date(day).getUTCDay() + 6) % 7) * DAY_MS
  return startInUtc('month', new Date(day)).getTime()
}

function firstDayAfter(interval: 'day' | 'week' | 'month', local: number): number {
  const longest = { day: 1, week: 7, month: 31 }[interval]
  return firstDayOf(interval, firstDayOf(interval, local) + longest * DAY_MS)
}

function widthOf(interval: 'minute' | 'hour'): number {
  return interval === 'minute' ? MINUTE_MS : HOUR_MS
}

/** Returns the remainder, which is not negative, as before 1970 `%` is. */
function modulo(time: number, width: number): number {
  return ((time % width) + width) % width
}
