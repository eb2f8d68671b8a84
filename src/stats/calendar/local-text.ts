import type { TimeZone } from './time-zone.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** Returns a time as the clocks of a zone show it, RFC 3339 with their offset: 2026-03-29T03:00:00+02:00. */
export function localText(at: Date, zone: TimeZone): string {
  const offset = zone.offsetAt(at.getTime())
  const [sign, minutes] = [offset < 0 ? '-' : '+', Math.floor(Math.abs(offset) / MINUTE_MS)]
  const twoDigits = (n: number) => String(n).padStart(2, '0')
  return `${localTime(at, zone)}${sign}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`
}

/** Returns a time as the clocks of a zone show it, without their offset: 2026-03-29T03:00:00. */
export function localTime(at: Date, zone: TimeZone): string {
  return new Date(zone.localAt(at.getTime())).toISOString().slice(0, 19)
}

/** Returns the week of a time by the calendar of a zone (ISO 8601): 2026-W13. */
export function isoWeek(at: Date, zone: TimeZone): string {
  const local = new Date(zone.localAt(at.getTime()))
  // A week belongs to the year of its Thursday.
  const thursday = new Date(local.getTime() + (3 - ((local.getUTCDay() + 6) % 7)) * DAY_MS)
  const newYear = new Date(0).setUTCFullYear(thursday.getUTCFullYear(), 0, 1)
  const week = 1 + Math.floor((thursday.getTime() - newYear) / (7 * DAY_MS))
  return `${thursday.toISOString().slice(0, 4)}-W${String(week).padStart(2, '0')}`
}
