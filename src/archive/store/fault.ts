import { createHash } from 'node:crypto'
import type { Store } from './store.ts'

const CHUNK_BYTES = 4_194_304

/** A file as the manifest describes it. */
export interface StoredFile {
  path: string
  bytes: number
  sha256: string
}

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
