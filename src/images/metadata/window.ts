import type { FileHandle } from 'node:fs/promises'
import type { StripMetadata } from '../../config/config.ts'
import { Problem } from '../../errors.ts'

const WIDTH = 65_536
/** What is said of a picture is looked at as a whole; longer descriptions than any camera writes are refused. */
const LONGEST = 4_194_304
const MOST_PIECES = 100_000
const NOTHING = Buffer.alloc(WIDTH)

/** What is taken out: where a picture was taken, or all that is said of it but which way is up. */
export type Strip = Exclude<StripMetadata, 'none'>

/** Looks at a file piece by piece, wherever it is asked to, without holding more than a piece of it. */
export class Window {
  readonly size: number
  readonly #file: FileHandle
  #start = 0
  #seen = Buffer.alloc(0)
  #heads = 0

  constructor(file: FileHandle, size: number) {
    this.#file = file
    this.size = size
  }

  /** @throws Problem `corrupt_image` where the file ends before, or for more than is looked at at once */
  async bytes(at: number, length: number): Promise<Buffer> {
    if (length > LONGEST) throw new Problem('corrupt_image', { detail: 'what is said of it is too long' })
    if (at + length > this.size) throw new Problem('corrupt_image', { detail: 'it ends in the middle of something' })
    if (at < this.#start || at + length > this.#start + this.#seen.length) await this.#move(at, Math.max(length, WIDTH))
    return this.#seen.subarray(at - this.#start, at - this.#start + length)
  }

  /** The head of the next piece of the file. @throws Problem `corrupt_image` as `bytes` does, and for too many pieces */
  async head(at: number, length: number): Promise<Buffer> {
    if (++this.#heads > MOST_PIECES) throw tooManyPieces()
    return this.bytes(at, length)
  }

  /** What there is from a place on: what is held already if that is enough, else as much as is seen at once. */
  async bytesFrom(at: number, least = 1): Promise<Buffer> {
    const held = this.#start + this.#seen.length - at
    if (at >= this.#start && held >= least) return this.#seen.subarray(at - this.#start)
    return this.bytes(at, Math.max(least, Math.min(WIDTH, this.size - at)))
  }

  async #move(at: number, length: number): Promise<void> {
    const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(length), 0, length, at)
    this.#start = at
    this.#seen = buffer.subarray(0, bytesRead)
  }
}

/** Bytes of a file from `start` up to and without `end` that give way to others. */
export interface Edit {
  start: number
  end: number
  bytes: Buffer
}

/** Nothing in the place of what stood there, however long: what comes after it does not move. */
export function blank(start: number, end: number): Edit[] {
  const edits: Edit[] = []
  for (let at = start; at < end; at += WIDTH) {
    const bytes = NOTHING.subarray(0, end - at)
    edits.push({ start: at, end: at + bytes.length, bytes })
  }
  return edits
}

/** Adds to the pieces of a file. @throws Problem `corrupt_image` for more than there are in any that is made to be looked at */
export function add<Piece>(pieces: Piece[], ...more: Piece[]): void {
  if (pieces.length + more.length > MOST_PIECES) throw tooManyPieces()
  pieces.push(...more)
}

function tooManyPieces(): Problem {
  return new Problem('corrupt_image', { detail: 'it is in too many pieces' })
}

export function cut(start: number, end: number): Edit {
  return { start, end, bytes: Buffer.alloc(0) }
}
