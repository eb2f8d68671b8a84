/** What clocks and calendars of a zone show, read from `Intl` alone: the service computes with offsets instead. */
export interface LocalTime {
  date: string
  hour: number
  minute: number
  /** 0 is Monday. */
  weekday: number
  offset: string
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const DAY = 86_400_000

export function clockOf(zone: string): (at: Date) => LocalTime {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'longOffset',
  })
  return at => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
    return {
      date: `${parts.year}-${parts.month}-${parts.day}`,
      hour: Number(parts.hour),
      minute: Number(parts.minute),
      weekday: WEEKDAYS.indexOf(parts.weekday ?? ''),
      offset: parts.timeZoneName?.slice(3) || '+00:00',
    }
  }
}

/** The interval of a local time, in words that no other interval of its zone has. */
export function intervalOf(interval: string, { date, hour, minute, weekday, offset }: LocalTime): string {
  if (interval === 'minute') return `${date}T${hour}:${minute}${offset}`
  if (interval === 'hour') return `${date}T${String(hour).padStart(2, '0')}${offset}`
  if (interval === 'month') return date.slice(0, 7)
  return interval === 'week' ? dayBefore(date, weekday) : date
}

function dayBefore(date: string, days: number): string {
  return new Date(Date.parse(date) - days * DAY).toISOString().slice(0, 10)
}

/** The last time before `before` at which the clocks of a zone were changed, within a year; else 30 days before. */
export function lastChange(zone: string, before: Date): Date {
  const clock = clockOf(zone)
  const offset = clock(before).offset
  for (let at = before.getTime(); at > before.getTime() - 366 * DAY; at -= DAY / 48)
    if (clock(new Date(at)).offset !== offset) return new Date(at + DAY / 48)
  return new Date(before.getTime() - 30 * DAY)
}
