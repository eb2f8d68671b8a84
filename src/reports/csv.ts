import { stringify } from 'csv-stringify/sync'

/**
 * Records as lines of comma-separated values (RFC 4180, but for the line ends, which are LF). Times are RFC 3339 in UTC, lists and
 * objects JSON, what is missing is empty. A cell of text that a spreadsheet would run as a formula gets an apostrophe before it.
 */
export function csv(records: unknown[][]): string {
  return stringify(records, {
    escape_formulas: true,
    cast: { boolean: String, date: time => time.toISOString(), object: value => JSON.stringify(value) },
  })
}
