import type { TimeZone } from './time-zone.ts'

/** A range of time in a zone. */
interface ZonedRange {
  from: Date
  to: Date
  zone: TimeZone
}

/**
 * Returns an expression for what the clocks of a zone show at a date, as the date of the same reading in UTC. It contains the offsets, since
 * databases have other names and other versions of zones than `Intl`.
 * @param date an expression for a date in the range
 */
export function localExpression(date: string, { from, to, zone }: ZonedRange): unknown {
  const offset = offsetExpression(date, from.getTime(), to.getTime(), zone)
  return offset === 0 ? date : { $add: [date, offset] }
}

function offsetExpression(date: string, from: number, to: number, zone: TimeZone): unknown {
  const offset = zone.offsetAt(from)
  const change = zone.changeAfter(from, to)
  if (change === undefined) return offset
  return { $cond: [{ $lt: [date, new Date(change)] }, offset, offsetExpression(date, change, to, zone)] }
}
