import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import type { Values } from '../exports/table.ts'
import type { DataFile } from './manifest.ts'
import type { Store } from './store/store.ts'
import type { ArchiveTable } from './tables/archive-table.ts'

/**
 * Yields the rows of a file by row group.
 * @param columns all by default
 * @throws Error when there are not as many rows as the manifest says
 */
export async function* readRows(
  { path, bytes, rows }: DataFile,
  store: Store,
  columns?: string[],
): AsyncGenerator<Values[]> {
  const file: AsyncBuffer = {
    byteLength: bytes,
    async slice(from, to = bytes) {
      const part = await store.read(path, { from, to })
      if (!part) throw new Error(`${path} is missing`)
      return new Uint8Array(part).buffer
    },
  }
  const metadata = await parquetMetadataAsync(file)
  let read = 0
  for (const { num_rows } of metadata.row_groups) {
    const end = read + Number(num_rows)
    // Texts have their own type; other bytes stay bytes.
    yield await parquetReadObjects({
      file,
      metadata,
      rowStart: read,
      rowEnd: end,
      utf8: false,
      ...(columns ? { columns } : {}),
    })
    read = end
  }
  if (read !== rows) throw new Error(`${path} has ${read} rows instead of ${rows}`)
}

/** Yields the things of a file by row group. */
export async function* readThings<Thing>(
  table: ArchiveTable<Thing>,
  file: DataFile,
  store: Store,
): AsyncGenerator<Thing[]> {
  if (file.schema !== table.schema)
    throw new Error(`${file.path}: its columns have the version ${file.schema}, not ${table.schema}`)
  for await (const rows of readRows(file, store)) yield rows.map(row => table.thingOf(row))
}
