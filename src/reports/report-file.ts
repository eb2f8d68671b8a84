import { FORMATS, type FormatName } from '../exports/formats.ts'
import type { Column as TableColumn } from '../exports/table.ts'
import type { Kind } from './report.ts'
import { inColumns, type ReportResult } from './run-report.ts'

/** The types of the values of each kind. */
const TYPES: Record<Kind, TableColumn['type']> = {
  text: 'STRING',
  time: 'TIMESTAMP',
  image: 'STRING',
  title: 'STRING',
  person: 'STRING',
  count: 'INT64',
  number: 'DOUBLE',
  share: 'DOUBLE',
  ms: 'DOUBLE',
  series: 'JSON',
}

/** Yields the bytes of a file with the rows of a report. */
export function reportFile({ columns, rows }: ReportResult, format: FormatName): AsyncGenerator<Uint8Array> {
  const types = columns.map(({ name, kind }) => ({ name, type: TYPES[kind] }))
  const batch = rows.map(row => inColumns(row, columns))
  return FORMATS[format].write(once(batch), types, false)
}

async function* once<Item>(item: Item): AsyncGenerator<Item> {
  yield item
}
