import type { TimeRange } from '../events/log/scan.ts'
import { endOf, startOf } from '../events/marks/buckets.ts'

/** A day in UTC, as in 2026-11-01. */
export type Day = string

/** Returns the day that contains a time. */
export function dayOf(at: Date): Day {
  return at.toISOString().slice(0, 10)
}

/** Returns the range of a day. */
export function rangeOf(day: Day): TimeRange {
  const from = startOf('day', new Date(day))
  return { from, to: endOf('day', from) }
}
