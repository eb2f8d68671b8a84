import type { TimeRange } from '../events/log/scan.ts'

export interface Column {
  name: string
  /** As Parquet has it; JSON is for lists and objects. */
  type: 'STRING' | 'TIMESTAMP' | 'INT32' | 'INT64' | 'DOUBLE' | 'BOOLEAN' | 'JSON'
}

/** A value for each column that has one. */
export type Row = Record<string, unknown> & { id: string }

/** What can be exported. */
export interface Table {
  columns: Column[]
  /**
   * The rows of a stretch of time in an order that stands, some at a time.
   * @param after begins behind the row of that id, which need not be there any more
   * @throws Problem `invalid_request` where that is no id of this table
   */
  rows(stretch: TimeRange, after?: string): AsyncGenerator<Row[]>
}

/** The columns of a table from their names and types. */
export function columnsOf(types: Record<string, Column['type']>): Column[] {
  return Object.entries(types).map(([name, type]) => ({ name, type }))
}
