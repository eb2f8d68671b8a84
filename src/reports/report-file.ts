import { rename, writeFile } from 'node:fs/promises'
import { FORMATS, type FormatName } from '../exports/formats.ts'
import type { Column as TableColumn } from '../exports/table.ts'
import { reportPage } from './page/page.ts'
import type { Kind, Report } from './report.ts'
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

/** The media types of the formats of report files. */
export const MEDIA_TYPES: Record<FileFormat, string> = {
  html: 'text/html; charset=utf-8',
  ndjson: FORMATS.ndjson.mediaType,
  csv: FORMATS.csv.mediaType,
  parquet: FORMATS.parquet.mediaType,
}
export type FileFormat = 'html' | FormatName
export const FILE_FORMATS = Object.keys(MEDIA_TYPES) as FileFormat[]

/** Writes a file. Whoever reads it never sees a part: it gets its name when it is whole. */
export async function writeFileWhole(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  await writeFile(`${path}.part`, bytes)
  await rename(`${path}.part`, path)
}

/** Yields the bytes of a file with the rows of a report. */
export async function* reportFile(
  report: Report,
  result: ReportResult,
  format: FileFormat,
): AsyncGenerator<Uint8Array> {
  if (format === 'html') yield Buffer.from(await reportPage(report, result))
  else yield* table(result, format)
}

function table({ columns, rows }: ReportResult, format: FormatName): AsyncGenerator<Uint8Array> {
  const types = columns.map(({ name, kind }) => ({ name, type: TYPES[kind] }))
  const batch = rows.map(row => inColumns(row, columns))
  return FORMATS[format].write(once(batch), types, false)
}

async function* once<Item>(item: Item): AsyncGenerator<Item> {
  yield item
}
