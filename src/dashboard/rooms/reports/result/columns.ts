import type { Report } from '../../../api/types.ts'
import { count, decimal, duration, share, signedShare } from '../../../format/numbers.ts'
import { capitalized } from '../../../format/words.ts'

export type Row = Report['rows'][number]
export type ReportColumn = Report['columns'][number]
type Kind = ReportColumn['kind']

const FORMATS: Partial<Record<Kind, (value: number) => string>> = { count, number: decimal, share, ms: duration }
const MIN_SHADES = 4

/** Whether the values of a kind are numbers. */
export function isNumeric(kind: Kind): boolean {
  return kind in FORMATS
}

/** Whether a report has shares of cohorts, which are read best as shades of one colour. */
export function hasShades(columns: ReportColumn[]): boolean {
  return columns[0]?.kind === 'time' && columns.filter(({ kind }) => kind === 'share').length >= MIN_SHADES
}

/** Whether a column has changes since the time before. */
export function isChange(name: string): boolean {
  return name.endsWith('Change')
}

/** Returns how the numbers of a column are written. */
export function formatOf({ name, kind }: Pick<ReportColumn, 'name' | 'kind'>): (value: number) => string {
  return isChange(name) ? signedShare : (FORMATS[kind] ?? decimal)
}

/** Returns the name of a column as words, as in "Views per hour"; the image of an id is shown. */
export function wordsOf(name: string): string {
  if (name === 'tz') return 'Time zone'
  const words = name
    .replace(/(?<=[a-z])(?=[A-Z0-9])/g, ' ')
    .toLowerCase()
    .replace(/ id$/, '')
  return capitalized(words)
}
