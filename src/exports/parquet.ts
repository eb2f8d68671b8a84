import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { parquetSchemaOf } from './parquet-schema.ts'
import type { Column, Values } from './table.ts'

/** Rows in a row group. A larger group blocks the event loop for longer; each group needs 10 kB of memory until the file ends. */
const ROW_GROUP_SIZE = 2_000

/** How the rows of a file are grouped. */
interface Grouping {
  /** Least number of rows in a group but the last; batches of just that many rows give groups of just that many. */
  groupSize: number
  /** Names of columns that the rows are sorted by: readers skip groups by their statistics. */
  sorted: string[]
}

/** Writes rows as a Parquet file; yields its bytes after each row group. */
export async function* parquet(
  rows: AsyncGenerator<Values[]>,
  columns: Column[],
  grouping: Grouping = { groupSize: ROW_GROUP_SIZE, sorted: [] },
): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter()
  const file = new ParquetWriter({ writer: bytes, schema: parquetSchemaOf(columns), createdBy: 'glance' })
  for await (const group of groups(rows, columns, grouping)) {
    const columnData = group.map(({ name, data, statistics }) => ({ name, data, statistics }))
    file.write({ columnData, rowGroupSize: grouping.groupSize })
    yield takeBytes(bytes)
  }
  file.finish()
  yield takeBytes(bytes)
}

type Group = (Column & { data: unknown[]; statistics: boolean })[]

/** Yields the values of the rows of each group, by column. */
async function* groups(
  rows: AsyncGenerator<Values[]>,
  columns: Column[],
  { groupSize, sorted }: Grouping,
): AsyncGenerator<Group> {
  // Readers skip groups by time. Statistics of other columns would be nearly the same in each group.
  const empty = () =>
    columns.map(column => ({
      ...column,
      statistics: column.type === 'TIMESTAMP' || sorted.includes(column.name),
      data: [] as unknown[],
    }))
  let [group, count] = [empty(), 0]
  for await (const batch of rows) {
    for (const { name, type, data } of group) for (const row of batch) data.push(parquetValue(row[name], type))
    count += batch.length
    if (count < groupSize) continue
    yield group
    ;[group, count] = [empty(), 0]
  }
  if (count > 0) yield group
}

function parquetValue(value: unknown, type: Column['type']): unknown {
  if (value === undefined || value === null) return null
  return type === 'INT64' ? BigInt(value as number) : value
}

/** Takes the bytes written since the last call out of the writer, which keeps its position in the file. */
function takeBytes(writer: ByteWriter): Uint8Array {
  const bytes = writer.getBytes().slice()
  writer.index = 0
  return bytes
}
