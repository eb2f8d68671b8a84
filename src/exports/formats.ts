import { csv } from '../lib/csv.ts'
import { parquet } from './parquet.ts'
import type { Column, Table, Values } from './table.ts'

/** A file format of exports. */
export interface Format {
  mediaType: string
  /** Writes rows. @param isContinued whether the bytes are appended to an earlier part */
  write(rows: AsyncGenerator<Values[]>, columns: Column[], isContinued: boolean): AsyncGenerator<Uint8Array>
}

/** The formats by name. */
export const FORMATS = {
  ndjson: { mediaType: 'application/x-ndjson', write: ndjson },
  csv: { mediaType: 'text/csv; charset=utf-8', write: csvLines },
  parquet: { mediaType: 'application/vnd.apache.parquet', write: (rows, columns) => parquet(rows, columns) },
} satisfies Record<string, Format>
export type FormatName = keyof typeof FORMATS

async function* ndjson(rows: AsyncGenerator<Values[]>): AsyncGenerator<Uint8Array> {
  for await (const batch of rows) yield Buffer.from(batch.map(row => `${JSON.stringify(row)}\n`).join(''))
}

/** Writes CSV, with a header line unless the export is continued. */
async function* csvLines(
  rows: AsyncGenerator<Values[]>,
  columns: Table['columns'],
  isContinued: boolean,
): AsyncGenerator<Uint8Array> {
  const names = columns.map(({ name }) => name)
  if (!isContinued) yield Buffer.from(csv([names]))
  for await (const batch of rows) yield Buffer.from(csv(batch.map(row => names.map(name => row[name]))))
}
