import { type FileHandle, open } from 'node:fs/promises'
import type { StripMetadata } from '../../config/config.ts'
import { Problem } from '../../errors.ts'

const WINDOW_BYTES = 65_536
/** A block of metadata is held in memory as a whole. Longer blocks than any camera writes are rejected. */
const MAX_BLOCK_BYTES = 4_194_304
/** More pieces than a genuine image has: bounds the work for a crafted file. */
const MAX_PIECES = 100_000
const ZEROS = Buffer.alloc(WINDOW_BYTES)

/** What is removed: locations only (`gps`), or all metadata except the orientation (`all`). */
export type Strip = Exclude<StripMetadata, 'none'>

/** Random access to a file that holds one window of it in memory. */
export class Window {
  readonly size: number
  readonly #file: FileHandle
  #start = 0
  #bytes = Buffer.alloc(0)
  #headCount = 0

  constructor(file: FileHandle, size: number) {
    this.#file = file
    this.size = size
  }

  /**
   * Returns bytes of the file.
   * @param at offset in the file
   * @throws Problem `corrupt_image` when the file ends before, or for a block that is too long
   */
  async bytes(at: number, length: number): Promise<Buffer> {
    if (length > MAX_BLOCK_BYTES) throw new Problem('corrupt_image', { detail: 'a block of metadata is too long' })
    if (at + length > this.size) throw new Problem('corrupt_image', { detail: 'the file ends within a block' })
    if (at < this.#start || at + length > this.#start + this.#bytes.length)
      await this.#move(at, Math.max(length, WINDOW_BYTES))
    return this.#bytes.subarray(at - this.#start, at - this.#start + length)
  }

  /** Returns the header of the next piece of the file. @throws Problem `corrupt_image` as `bytes` does, and for too many pieces */
  async head(at: number, length: number): Promise<Buffer> {
    if (++this.#headCount > MAX_PIECES) throw tooManyPieces()
    return this.bytes(at, length)
  }

  /** Returns the bytes from an offset to the end of the window; moves the window if it holds fewer than `min`. */
  async bytesFrom(at: number, min = 1): Promise<Buffer> {
    const held = this.#start + this.#bytes.length - at
    if (at >= this.#start && held >= min) return this.#bytes.subarray(at - this.#start)
    return this.bytes(at, Math.max(min, Math.min(WINDOW_BYTES, this.size - at)))
  }

  /** Reads the window at an offset. */
  async #move(at: number, length: number): Promise<void> {
    const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(length), 0, length, at)
    this.#start = at
    this.#bytes = buffer.subarray(0, bytesRead)
  }
}

/** Runs work on a window of a file. */
export async function withWindow<Result>(path: string, work: (file: Window) => Promise<Result>): Promise<Result> {
  const file = await open(path)
  try {
    return await work(new Window(file, (await file.stat()).size))
  } finally {
    await file.close()
  }
}

/** Replacement of the bytes of a file from `start` (inclusive) to `end` (exclusive). */
export interface Edit {
  start: number
  end: number
  bytes: Buffer
}

/** Returns edits that overwrite a range with zeros; the offsets of what follows do not change. */
export function blank(start: number, end: number): Edit[] {
  const edits: Edit[] = []
  for (let at = start; at < end; at += WINDOW_BYTES) {
    const bytes = ZEROS.subarray(0, end - at)
    edits.push({ start: at, end: at + bytes.length, bytes })
  }
  return edits
}

/** Adds to a list of pieces of a file. @throws Problem `corrupt_image` for more than 100,000 */
export function add<Piece>(pieces: Piece[], ...more: Piece[]): void {
  if (pieces.length + more.length > MAX_PIECES) throw tooManyPieces()
  pieces.push(...more)
}

function tooManyPieces(): Problem {
  return new Problem('corrupt_image', { detail: 'the file consists of too many pieces' })
}

/** Returns the edit that removes a range. */
export function cut(start: number, end: number): Edit {
  return { start, end, bytes: Buffer.alloc(0) }
}

/** Returns the edit that inserts bytes at an offset. */
export function insert(at: number, bytes: Buffer): Edit {
  return { start: at, end: at, bytes }
}
