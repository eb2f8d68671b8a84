import { mongo } from 'mongoose'
import { MAJORITY } from '../../database/connect.ts'

/** Size of every chunk of a blob but the last. */
export const CHUNK_BYTES = 1_048_576
const MAX_CHUNKS_IN_FLIGHT = 2

/** Returns how many bytes fit into the last chunk of a blob. @param length of the blob in bytes */
export function roomInChunk(length: number): number {
  return CHUNK_BYTES - (length % CHUNK_BYTES)
}

/** A chunk of a blob in the format of GridFS; `n` counts from 0. */
export interface Chunk {
  _id: mongo.ObjectId
  files_id: string
  n: number
  data: Buffer
}

/** Writes bytes as the chunks of a blob while they arrive. Holds in memory the chunk being filled and up to two in flight. */
export class BlobWriter {
  readonly id: string
  readonly #chunks: mongo.Collection<Chunk>
  readonly #inFlight = new Set<Promise<void>>()
  #pieces: Buffer[] = []
  #filled = 0
  #count = 0
  #length = 0
  #failure: Error | undefined

  constructor(id: string, chunks: mongo.Collection<Chunk>) {
    this.id = id
    this.#chunks = chunks
  }

  /** Number of bytes written so far. */
  get length(): number {
    return this.#length
  }

  /** Appends bytes to the blob. @throws the error of the database, possibly of an earlier chunk */
  async write(bytes: Buffer): Promise<void> {
    for (let from = 0; from < bytes.length; ) {
      const piece = bytes.subarray(from, from + CHUNK_BYTES - this.#filled)
      this.#pieces.push(piece)
      this.#filled += piece.length
      this.#length += piece.length
      from += piece.length
      if (this.#filled === CHUNK_BYTES) await this.#send()
    }
  }

  /** Writes the last chunk; resolves when all chunks are stored by a majority. @throws the error of the database */
  async end(): Promise<void> {
    if (this.#filled > 0) await this.#send()
    await this.settle()
    if (this.#failure) throw this.#failure
  }

  /** Waits for the chunks in flight. @returns whether the outcome of every chunk is known */
  async settle(): Promise<boolean> {
    await Promise.all(this.#inFlight)
    return this.#failure === undefined
  }

  async #send(): Promise<void> {
    const data = Buffer.concat(this.#pieces, this.#filled)
    this.#pieces = []
    this.#filled = 0
    if (this.#inFlight.size >= MAX_CHUNKS_IN_FLIGHT) await Promise.race(this.#inFlight)
    if (this.#failure) throw this.#failure
    const sent = this.#insert({ _id: new mongo.ObjectId(), files_id: this.id, n: this.#count++, data })
    this.#inFlight.add(sent)
    void sent.then(() => this.#inFlight.delete(sent))
  }

  async #insert(chunk: Chunk): Promise<void> {
    try {
      await this.#chunks.insertOne(chunk, { writeConcern: MAJORITY })
    } catch (error) {
      this.#failure ??= error as Error
    }
  }
}
