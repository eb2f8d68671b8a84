import { pipeline, type Readable } from 'node:stream'
import { stringify } from 'csv-stringify'
import { stringify as stringifyAll } from 'csv-stringify/sync'

/**
 * How cells are written: times as RFC 3339 in UTC, lists and objects as JSON, what is missing as nothing. Text that a spreadsheet
 * would run as a formula gets an apostrophe before it; numbers stay as they are.
 */
const CELLS = {
  escape_formulas: true,
  cast: {
    boolean: String,
    date: (time: Date) => time.toISOString(),
    object: (value: object) => JSON.stringify(value),
  },
}

/** Records as lines of comma-separated values (RFC 4180, but for the line ends, which are LF), for people. */
export function csv(records: unknown[][]): string {
  return stringifyAll(records, CELLS)
}

/** The same for programs alone: text stays as it is. */
export function plainCsv(records: unknown[][]): string {
  return stringifyAll(records, { cast: CELLS.cast })
}

/** Rows as CSV (RFC 4180) with a head, as they come. Errors of the source are its own. */
export function csvLines(columns: string[], rows: Readable): Readable {
  const lines = stringify({ ...CELLS, header: true, columns, record_delimiter: 'windows' })
  return pipeline(rows, lines, () => undefined)
}
