import type { TimeZone } from './time-zone.ts'

const MINUTE_MS = 60_000

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
