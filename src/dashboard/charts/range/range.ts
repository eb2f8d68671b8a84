const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Up to this length a point is an hour; a day above, and a week where there would be more points than the API answers. */
const MAX_HOURS_MS = 8 * DAY_MS
const MAX_DAYS_MS = 1400 * DAY_MS
/** The service keeps hours so long, from which it sums the days of zones; those of UTC it keeps for ever. */
const HOURS_KEPT_MS = 395 * DAY_MS

/** Spans of time up to now, of which the first is the default. */
export const SPANS = ['7d', '24h', '30d', '90d'] as const
export type Span = (typeof SPANS)[number]

/** The time that a page shows. */
export interface Range {
  /** The span up to now; undefined for two chosen times. */
  span: Span | undefined
  from: Date
  /** Undefined for now. */
  to: Date | undefined
  interval: 'hour' | 'day' | 'week'
  /** The zone whose days are counted. */
  tz: string
}

/** Returns the range of a span up to now. Its start is that of an hour or day, so that it stays the same for a while. */
export function rangeOf(span: Span, now: Date, zone: string): Range {
  const tz = countedIn(zone)
  if (span === '24h' || span === '7d') {
    const hours = span === '24h' ? 24 : 7 * 24
    const from = new Date(startOfHour(now).getTime() - (hours - 1) * HOUR_MS)
    return { span, from, to: undefined, interval: 'hour', tz }
  }
  return { span, from: daysBefore(now, Number.parseInt(span, 10) - 1, tz), to: undefined, interval: 'day', tz }
}

/** Returns the range between two times. */
export function rangeBetween(from: Date, to: Date, now: Date, zone: string): Range {
  const isOld = now.getTime() - from.getTime() > HOURS_KEPT_MS
  const length = to.getTime() - from.getTime()
  const interval = length > MAX_DAYS_MS ? 'week' : length > MAX_HOURS_MS || isOld ? 'day' : 'hour'
  return { span: undefined, from, to, interval, tz: isOld ? 'UTC' : countedIn(zone) }
}

/** Returns the range that the query of an address asks for. */
export function rangeIn(query: Record<string, string>, now: Date, zone: string): Range {
  const [from, to] = [new Date(query.from ?? ''), new Date(query.to ?? '')]
  if (from < to) return rangeBetween(from, to, now, zone)
  return rangeOf(SPANS.find(span => span === query.range) ?? SPANS[0], now, zone)
}

/** Returns a range as the API takes it. */
export function queryOf({ from, to, interval, tz }: Range) {
  return { from: from.toISOString(), ...(to && { to: to.toISOString() }), interval, tz }
}

/**
 * Returns the zone whose days are counted for readers in a zone: where hours begin at half hours, that is UTC, since the service keeps
 * hours of UTC only.
 */
export function countedIn(zone: string): string {
  const year = new Date().getUTCFullYear()
  const offsets = [0, 6].map(month => offsetOf(zone, new Date(Date.UTC(year, month))))
  return offsets.every(offset => !offset.includes(':') || offset.endsWith(':00')) ? zone : 'UTC'
}

/** Returns the offset of a zone at a time, as in GMT+05:30. */
function offsetOf(zone: string, at: Date): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(at)
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
}

function startOfHour(time: Date): Date {
  return new Date(Math.floor(time.getTime() / HOUR_MS) * HOUR_MS)
}

/** Returns a time within the day of a zone that is so many days before. The service rounds it down to the start of the day. */
function daysBefore(now: Date, days: number, zone: string): Date {
  const [year = 0, month = 1, day = 1] = new Intl.DateTimeFormat('en-CA', { timeZone: zone })
    .format(now)
    .split('-')
    .map(Number)
  const noon = new Date(Date.UTC(year, month - 1, day - days, 12))
  return new Date(noon.getTime() - offsetMinutes(zone, noon) * 60_000)
}

function offsetMinutes(zone: string, at: Date): number {
  const [, sign, hours = 0, minutes = 0] = /([+-])(\d\d):(\d\d)/.exec(offsetOf(zone, at)) ?? []
  const size = Number(hours) * 60 + Number(minutes)
  return sign === '-' ? -size : size
}
