import { createHash } from 'node:crypto'
import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import type { Values } from '../exports/table.ts'
import type { DataFile, StoredFile } from './manifest.ts'
import type { Store } from './store/store.ts'
import type { ArchiveTable } from './tables/archive-table.ts'

const CHUNK_BYTES = 4_194_304

/**
 * Reads a file whole and compares it with the manifest.
 * @returns what is wrong with it; undefined when nothing is
 */
export async function faultOf({ path, bytes, sha256 }: StoredFile, store: Store): Promise<string | undefined> {
  const hash = createHash('sha256')
  let read = 0
  // One byte beyond the end, so that a longer file is found.
  while (read <= bytes) {
    const chunk = await store.read(path, { from: read, to: Math.min(read + CHUNK_BYTES, bytes + 1) })
    if (!chunk) return 'is missing'
    if (chunk.length === 0) break
    hash.update(chunk)
    read += chunk.length
  }
  if (read !== bytes) return `has ${read > bytes ? 'more' : read} bytes instead of ${bytes}`
  return hash.digest('hex') === sha256 ? undefined : 'has another SHA-256 than the manifest says'
}

/** Yields the rows of a file by row group. @throws Error when there are not as many as the manifest says */
export async function* readRows({ path, bytes, rows }: DataFile, store: Store): AsyncGenerator<Values[]> {
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
    yield await parquetReadObjects({ file, metadata, rowStart: read, rowEnd: end, utf8: false })
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
