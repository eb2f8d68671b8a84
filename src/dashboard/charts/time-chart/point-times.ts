import type { Interval, TimePoint } from './line.ts'

const HOUR_MS = 3_600_000
/** Lengths of intervals, for the last point, which no other follows. */
const LENGTH_MS: Record<Interval, number> = {
  minute: HOUR_MS / 60,
  hour: HOUR_MS,
  day: 24 * HOUR_MS,
  week: 7 * 24 * HOUR_MS,
  month: 30 * 24 * HOUR_MS,
}

const WITH_TIME = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: 'numeric',
  minute: '2-digit',
})
const WITH_DAY = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
})
const WITH_MONTH = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric' })

/** Returns the time of a point in words, in the reader's zone: a range of hours, a day, a week or a month. */
export function timeOf(points: readonly TimePoint[], index: number, interval: Interval): string {
  const start = startOf(points, index)
  const end = endOf(points, index, interval)
  if (interval === 'month') return WITH_MONTH.format(start)
  if (interval === 'week') return WITH_DAY.formatRange(start, new Date(end.getTime() - 1))
  // Days of another zone begin within a day of the reader's.
  if (interval === 'day' && start.getHours() === 0) return WITH_DAY.format(start)
  return WITH_TIME.formatRange(start, end)
}

/** Returns when the interval of a point starts. */
export function startOf(points: readonly TimePoint[], index: number): Date {
  return new Date(points[index]?.start ?? 0)
}

/** Returns when the interval of a point ends. */
export function endOf(points: readonly TimePoint[], index: number, interval: Interval): Date {
  const next = points[index + 1]
  return next ? new Date(next.start) : new Date(startOf(points, index).getTime() + LENGTH_MS[interval])
}

/** Returns the index of the first point that is not counted completely; the number of points when all are. */
export function firstUnsettled(
  points: readonly TimePoint[],
  interval: Interval,
  settledTo: string | undefined,
): number {
  if (settledTo === undefined) return points.length
  const settled = new Date(settledTo)
  const index = points.findIndex((_, i) => endOf(points, i, interval) > settled)
  return index < 0 ? points.length : index
}
