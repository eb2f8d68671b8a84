import { pipeline, type Readable } from 'node:stream'
import { stringify } from 'csv-stringify'
import { stringify as stringifyAll } from 'csv-stringify/sync'

/**
 * Formats of cells: times as RFC 3339 in UTC, lists and objects as JSON, missing values as empty cells. Text that a spreadsheet
 * would run as a formula is prefixed with an apostrophe; numbers are not.
 */
const CELLS = {
  escape_formulas: true,
  // A lone carriage return ends a line for many readers, too.
  quoted_match: /\r/,
  cast: {
    boolean: String,
    date: (time: Date) => time.toISOString(),
    object: (value: object) => JSON.stringify(value),
  },
}

/** Returns records as CSV for spreadsheets (RFC 4180, except that lines end with LF). */
export function csv(records: unknown[][]): string {
  return stringifyAll(records, CELLS)
}

/** Returns records as CSV for programs: formulas are not escaped. */
export function plainCsv(records: unknown[][]): string {
  const { cast, quoted_match } = CELLS
  return stringifyAll(records, { cast, quoted_match })
}

/** Streams rows as CSV for spreadsheets, as `csv` writes it, with a header line. An error of `rows` destroys the returned stream. */
export function csvLines(columns: string[], rows: Readable): Readable {
  const lines = stringify({ ...CELLS, header: true, columns })
  return pipeline(rows, lines, () => undefined)
}
