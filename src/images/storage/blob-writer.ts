import { mongo } from 'mongoose'
import { MAJORITY } from '../../database/connect.ts'

export const CHUNK_BYTES = 1_048_576
const IN_FLIGHT = 2

/** A chunk as GridFS keeps it. */
export interface Chunk {
  _id: mongo.ObjectId
  files_id: string
  n: number
  data: Buffer
}

/** Stores bytes as the chunks of a blob while they come; what waits in memory are the chunk being filled and those under way. */
export class BlobWriter {
  readonly id: string
  readonly #chunks: mongo.Collection<Chunk>
  readonly #underWay = new Set<Promise<void>>()
  #pieces: Buffer[] = []
  #filled = 0
  #count = 0
  #length = 0
  #failure: Error | undefined

  constructor(id: string, chunks: mongo.Collection<Chunk>) {
    this.id = id
    this.#chunks = chunks
  }

  /** Bytes taken so far. */
  get length(): number {
    return this.#length
  }

  /** @throws what the database answered, also to an earlier chunk */
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

  /** Returns when every byte is kept by a majority. */
  async end(): Promise<void> {
    if (this.#filled > 0) await this.#send()
    await this.settle()
    if (this.#failure) throw this.#failure
  }

  /** Waits for what is under way. @returns whether the fate of every chunk is known */
  async settle(): Promise<boolean> {
    await Promise.all(this.#underWay)
    return this.#failure === undefined
  }

  async #send(): Promise<void> {
    const data = Buffer.concat(this.#pieces, this.#filled)
    this.#pieces = []
    this.#filled = 0
    if (this.#underWay.size >= IN_FLIGHT) await Promise.race(this.#underWay)
    if (this.#failure) throw this.#failure
    const sent = this.#insert({ _id: new mongo.ObjectId(), files_id: this.id, n: this.#count++, data })
    this.#underWay.add(sent)
    void sent.then(() => this.#underWay.delete(sent))
  }

  async #insert(chunk: Chunk): Promise<void> {
    try {
      await this.#chunks.insertOne(chunk, { writeConcern: MAJORITY })
    } catch (error) {
      this.#failure ??= error as Error
    }
  }
}
