import type { Interval } from '../../../charts/time-chart/line.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** An interval that a range of time can be divided into. Lengths are in ms. */
interface IntervalOption {
  value: Interval
  label: string
  /** Shorter ranges would have too few points. */
  shortest: number
  /** Longer ones would have too many. */
  longest?: number
  /** The service keeps short intervals for some time only. */
  kept?: number
}

const OPTIONS: IntervalOption[] = [
  { value: 'minute', label: 'Minutes', shortest: 0, longest: DAY_MS, kept: 7 * DAY_MS },
  { value: 'hour', label: 'Hours', shortest: 0, longest: 60 * DAY_MS, kept: 390 * DAY_MS },
  { value: 'day', label: 'Days', shortest: 2 * DAY_MS, longest: 1400 * DAY_MS },
  { value: 'week', label: 'Weeks', shortest: 14 * DAY_MS },
  { value: 'month', label: 'Months', shortest: 60 * DAY_MS },
]

/** Returns the intervals that a range can be divided into. */
export function intervalsOf({ from, to }: { from: Date; to: Date | undefined }, now: Date): IntervalOption[] {
  const length = (to ?? now).getTime() - from.getTime()
  const age = now.getTime() - from.getTime()
  return OPTIONS.filter(
    ({ shortest, longest = length, kept = age }) => length >= shortest && length <= longest && age <= kept,
  )
}
