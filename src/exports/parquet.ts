import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer'
import type { Column, Row } from './table.ts'

/** Rows that are written at once: more hold others up for longer, and of each group 10 kB stay in memory until the file ends. */
const GROUP = 2_000

/** A Parquet file as it grows, one group of rows at a time. */
export async function* parquet(rows: AsyncGenerator<Row[]>, columns: Column[]): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter()
  const schema = schemaFromColumnData({ columnData: columns.map(column => ({ ...column, data: [] })) })
  const file = new ParquetWriter({ writer: bytes, schema, createdBy: 'glance' })
  for await (const group of groups(rows, columns)) {
    file.write({ columnData: group, rowGroupSize: GROUP })
    yield taken(bytes)
  }
  file.finish()
  yield taken(bytes)
}

type Group = (Column & { data: unknown[] })[]

/** The values of some rows at a time, column by column. */
async function* groups(rows: AsyncGenerator<Row[]>, columns: Column[]): AsyncGenerator<Group> {
  // Readers skip groups by time; what else has a least and a greatest value has nearly the same ones in each.
  const empty = () =>
    columns.map(column => ({ ...column, statistics: column.type === 'TIMESTAMP', data: [] as unknown[] }))
  let [group, count] = [empty(), 0]
  for await (const some of rows) {
    for (const { name, type, data } of group) for (const row of some) data.push(stored(row[name], type))
    count += some.length
    if (count < GROUP) continue
    yield group
    ;[group, count] = [empty(), 0]
  }
  if (count > 0) yield group
}

function stored(value: unknown, type: Column['type']): unknown {
  if (value === undefined || value === null) return null
  return type === 'INT64' ? BigInt(value as number) : value
}

/** What was written since; the file goes on counting from there. */
function taken(writer: ByteWriter): Uint8Array {
  const bytes = writer.getBytes().slice()
  writer.index = 0
  return bytes
}
