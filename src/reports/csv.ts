import { pipeline, type Readable } from 'node:stream'
import { stringify } from 'csv-stringify'

/**
 * Rows as CSV (RFC 4180) with a head, as they come: times as RFC 3339, what is nested as JSON, nothing as an empty cell. A cell
 * that a spreadsheet would run as a formula begins with an apostrophe; numbers stay as they are. Errors of the source are its own.
 */
export function csvLines(columns: string[], rows: Readable): Readable {
  const lines = stringify({
    header: true,
    columns,
    record_delimiter: 'windows',
    escape_formulas: true,
    cast: { date: time => time.toISOString(), boolean: String, object: value => JSON.stringify(value) },
  })
  return pipeline(rows, lines, () => undefined)
}
