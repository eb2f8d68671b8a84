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
  grouping?: Grouping,
): AsyncGenerator<Uint8Array> {
  const encoder = new ParquetEncoder(columns, grouping)
  for await (const batch of rows) {
    encoder.add(batch)
    const bytes = encoder.take()
    if (bytes.length > 0) yield bytes
  }
  yield encoder.end()
}

/** Encodes rows as a Parquet file, in row groups. */
export class ParquetEncoder {
  readonly #columns: Column[]
  readonly #grouping: Grouping
  readonly #bytes = new ByteWriter()
  readonly #file: ParquetWriter
  #group: unknown[][]

  constructor(columns: Column[], grouping: Grouping = { groupSize: ROW_GROUP_SIZE, sorted: [] }) {
    this.#columns = columns
    this.#grouping = grouping
    this.#file = new ParquetWriter({ writer: this.#bytes, schema: parquetSchemaOf(columns), createdBy: 'glance' })
    this.#group = columns.map(() => [])
  }

  /** Adds rows; when there are enough, a group ends after the last of them. */
  add(rows: Values[]): void {
    for (const [i, { name, type }] of this.#columns.entries())
      for (const row of rows) this.#group[i]?.push(parquetValue(row[name], type))
    if (this.#length >= this.#grouping.groupSize) this.#endGroup()
  }

  /** Takes the bytes that have come since the last call out of the writer, which keeps its position in the file. */
  take(): Uint8Array {
    const bytes = this.#bytes.getBytes().slice()
    this.#bytes.index = 0
    return bytes
  }

  /** Ends the file. @returns the last bytes */
  end(): Uint8Array {
    if (this.#length > 0) this.#endGroup()
    this.#file.finish()
    return this.take()
  }

  get #length(): number {
    return this.#group[0]?.length ?? 0
  }

  #endGroup(): void {
    const { groupSize, sorted } = this.#grouping
    const columnData = this.#columns.map(({ name, type }, i) => ({
      name,
      data: this.#group[i] ?? [],
      // Readers skip groups by time. Statistics of other columns would be nearly the same in each group.
      statistics: type === 'TIMESTAMP' || sorted.includes(name),
    }))
    this.#file.write({ columnData, rowGroupSize: groupSize })
    this.#group = this.#columns.map(() => [])
  }
}

function parquetValue(value: unknown, type: Column['type']): unknown {
  if (value === undefined || value === null) return null
  return type === 'INT64' ? BigInt(value as number) : value
}
