import type { Report } from '../../../api/types.ts'
import { count, decimal, duration, share } from '../../../format/numbers.ts'

export type Row = Report['rows'][number]
export type ReportColumn = Report['columns'][number]
type Kind = ReportColumn['kind']

const FORMATS: Partial<Record<Kind, (value: number) => string>> = { count, number: decimal, share, ms: duration }
const MIN_SHADES = 4

/** Whether the values of a kind are numbers. */
export function isNumeric(kind: Kind): boolean {
  return kind in FORMATS
}

/** Whether a report has so many shares, as of cohorts, that they are read best as shades of one colour. */
export function hasShades(columns: ReportColumn[]): boolean {
  return columns.filter(({ kind }) => kind === 'share').length >= MIN_SHADES
}

/** Returns how the numbers of a kind are written. */
export function formatOf(kind: Kind): (value: number) => string {
  return FORMATS[kind] ?? decimal
}

/** Returns the name of a column as words, as in "Views per hour". */
export function wordsOf(name: string): string {
  if (name === 'tz') return 'Time zone'
  const words = name.replace(/(?<=[a-z])(?=[A-Z0-9])/g, ' ').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
