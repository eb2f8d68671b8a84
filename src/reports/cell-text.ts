import { timeZone, UTC } from '../stats/calendar/time-zone.ts'
import type { Kind } from './report.ts'
import type { ReportResult } from './run-report.ts'

const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']

/** Kinds whose texts are aligned on the right. */
export const NUMBERS: Kind[] = ['count', 'number', 'share', 'ms']

/** Returns a value of a report as people read it; empty when there is none. */
export function cellText(value: unknown, kind: Kind): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return shortTime(value)
  if (kind === 'series') return sparkline(value as number[])
  if (kind === 'share') return `${(Number(value) * 100).toFixed(1)} %`
  if (kind === 'ms') return `${Number(value).toLocaleString('en')} ms`
  if (typeof value === 'number') return value.toLocaleString('en', { maximumFractionDigits: 2 })
  // Control characters in user text could move the cursor.
  return String(value).replace(/\p{C}/gu, ' ')
}

/** Returns the name of a column as words. */
export function wordsOf(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z0-9])/g, ' ').toLowerCase()
}

/** Returns a time in UTC to the minute, or a day when it is the beginning of one. */
export function shortTime(time: Date): string {
  const text = time.toISOString()
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.slice(0, 16).replace('T', ' ')
}

/** Returns the period of a report as people in its time zone read it, with that of a comparison. */
export function periodText({ from, to, tz, before }: Pick<ReportResult, 'from' | 'to' | 'tz' | 'before'>): string {
  if (!from || !to) return 'as of now'
  const zone = tz === null ? UTC : timeZone(tz)
  const [begin, end] = [from, to].map(time => shortTime(new Date(zone.localAt(time.getTime()))))
  return `${begin} to ${end} ${zone.label}${before ? `, compared with ${periodText({ ...before, tz })}` : ''}`
}

/** Returns numbers as blocks of eight heights. */
function sparkline(numbers: number[]): string {
  const max = Math.max(1, ...numbers)
  return numbers.map(n => LEVELS[Math.round((n / max) * (LEVELS.length - 1))]).join('')
}
