import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer'
import type { Column, Row } from './table.ts'

/** Rows that are held and written at once: more make a smaller file, fewer hold others up for less. */
const GROUP = 5_000

/** A Parquet file as it grows, one group of rows at a time. */
export async function* parquet(rows: AsyncGenerator<Row[]>, columns: Column[]): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter()
  const schema = schemaFromColumnData({ columnData: columns.map(column => ({ ...column, data: [] })) })
  const file = new ParquetWriter({ writer: bytes, schema, createdBy: 'glance' })
  for await (const group of groups(rows)) {
    file.write({
      columnData: columns.map(column => ({ ...column, data: valuesOf(group, column) })),
      rowGroupSize: GROUP,
    })
    yield taken(bytes)
  }
  file.finish()
  yield taken(bytes)
}

async function* groups(rows: AsyncGenerator<Row[]>): AsyncGenerator<Row[]> {
  let group: Row[] = []
  for await (const some of rows) {
    group.push(...some)
    if (group.length < GROUP) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}

function valuesOf(rows: Row[], { name, type }: Column): unknown[] {
  return rows.map(row => {
    const value = row[name] ?? null
    return type === 'INT64' && value !== null ? BigInt(value as number) : value
  })
}

/** What was written since; the file goes on counting from there. */
function taken(writer: ByteWriter): Uint8Array {
  const bytes = writer.getBytes().slice()
  writer.index = 0
  return bytes
}
