import type { TimeRange } from '../events/log/scan.ts'

/** A column of an export. */
export interface Column {
  name: string
  /** Parquet type. TEXTS is a list of texts, JSON an object, TIMESTAMP a time in UTC with milliseconds. */
  type: 'STRING' | 'TIMESTAMP' | 'INT32' | 'INT64' | 'DOUBLE' | 'BOOLEAN' | 'JSON' | 'TEXTS' | 'BYTES'
}

/** The values of a row, by column; missing ones are null or left out. */
export type Values = Record<string, unknown>
export type Row = Values & { id: string }

/** A table that can be exported. */
export interface Table {
  columns: Column[]
  /**
   * Yields the rows of a range of time in batches, in a stable order.
   * @param after continues after the row with that id, which may have been removed
   * @throws Problem `invalid_request` when it is not an id of this table
   */
  rows(range: TimeRange, after?: string): AsyncGenerator<Row[]>
}

/** Returns columns from a map of names to types. */
export function columnsOf(types: Record<string, Column['type']>): Column[] {
  return Object.entries(types).map(([name, type]) => ({ name, type }))
}
