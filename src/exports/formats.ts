import { csv } from '../lib/csv.ts'
import { parquet } from './parquet.ts'
import type { Column, Row, Table } from './table.ts'

/** How rows become bytes. */
export interface Format {
  mediaType: string
  /** @param goesOn it is to be appended to what was sent before */
  write(rows: AsyncGenerator<Row[]>, columns: Column[], goesOn: boolean): AsyncGenerator<Uint8Array>
}

export const FORMATS = {
  ndjson: { mediaType: 'application/x-ndjson', write: ndjson },
  csv: { mediaType: 'text/csv; charset=utf-8', write: csvLines },
  parquet: { mediaType: 'application/vnd.apache.parquet', write: parquet },
} satisfies Record<string, Format>
export type FormatName = keyof typeof FORMATS

async function* ndjson(rows: AsyncGenerator<Row[]>): AsyncGenerator<Uint8Array> {
  for await (const some of rows) yield Buffer.from(some.map(row => `${JSON.stringify(row)}\n`).join(''))
}

/** The names of the columns come first, unless it goes on. */
async function* csvLines(
  rows: AsyncGenerator<Row[]>,
  columns: Table['columns'],
  goesOn: boolean,
): AsyncGenerator<Uint8Array> {
  const names = columns.map(({ name }) => name)
  if (!goesOn) yield Buffer.from(csv([names]))
  for await (const some of rows) yield Buffer.from(csv(some.map(row => names.map(name => row[name]))))
}
