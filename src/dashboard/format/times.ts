const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const MINUTE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const SECOND = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })
const STEPS = [
  ['second', 60],
  ['minute', 60],
  ['hour', 24],
  ['day', 30],
  ['month', 12],
] as const

/** The reader's time zone. */
export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone

/** Formats a time to the day, in the reader's zone. */
export function day(time: Date): string {
  return DAY.format(time)
}

/** Formats a time to the minute, in the reader's zone. */
export function minute(time: Date): string {
  return MINUTE.format(time)
}

/** Formats a time to the second, in the reader's zone. */
export function second(time: Date): string {
  return SECOND.format(time)
}

/** Formats the time of day, in the reader's zone. */
export function time(time: Date): string {
  return TIME.format(time)
}

/** Formats a time in UTC, as in 2026-11-30 06:12:45 UTC. */
export function utc(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** Formats how long ago a time is, or in how long it will be, as in "5 minutes ago". */
export function ago(time: Date, now = Date.now()): string {
  let value = (time.getTime() - now) / 1000
  for (const [unit, size] of STEPS) {
    if (Math.abs(value) < size) return RELATIVE.format(Math.round(value), unit)
    value /= size
  }
  return RELATIVE.format(Math.round(value), 'year')
}
