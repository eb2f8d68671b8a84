import { Readable } from 'node:stream'
import type { mongo } from 'mongoose'
import type { CollectionSpec } from '../database/collections.ts'
import { MAJORITY } from '../database/connect.ts'
import { BlobWriter, CHUNK, type Chunk } from './blob-writer.ts'

const FILES = 'blobs.files'
const CHUNKS = 'blobs.chunks'
/** So many chunks come with one answer of the database: what a reader holds in memory. */
const READ_AHEAD = 4

export const blobCollections: CollectionSpec[] = [
  {
    name: FILES,
    indexes: [
      { key: { filename: 1, uploadDate: 1 } },
      { key: { 'metadata.imageId': 1, 'metadata.variant': 1 } },
      { key: { 'metadata.kind': 1, 'metadata.usedOn': 1 } },
    ],
  },
  { name: CHUNKS, indexes: [{ key: { files_id: 1, n: 1 }, unique: true }] },
]

export interface BlobMetadata {
  imageId: string
  kind: 'original' | 'rendition'
  /** Which rendition it is. */
  variant?: string
  /** Of a rendition's bytes. */
  sha256?: string
  /** The day, as 2026-11-24, on which a rendition was last asked for. */
  usedOn?: string
}

/** A whole blob, as GridFS describes it. */
export interface BlobFile {
  _id: string
  length: number
  chunkSize: number
  uploadDate: Date
  filename: string
  metadata: BlobMetadata
}

/** The bytes of images, in GridFS, under ids of our choosing. What has no file document is not whole, and nobody reads it. */
export class Blobs {
  readonly files: mongo.Collection<BlobFile>
  readonly #chunks: mongo.Collection<Chunk>

  constructor(db: mongo.Db) {
    this.files = db.collection(FILES)
    this.#chunks = db.collection(CHUNKS)
  }

  /** Takes the bytes of a blob; it is there once it was placed. */
  writer(id: string): BlobWriter {
    return new BlobWriter(id, this.#chunks)
  }

  /** Makes a written blob whole, within the transaction in which it becomes of use. */
  async place({ id, length }: BlobWriter, metadata: BlobMetadata, session: mongo.ClientSession): Promise<BlobFile> {
    const file = { _id: id, length, chunkSize: CHUNK, uploadDate: new Date(), filename: metadata.imageId, metadata }
    await this.files.insertOne(file, { session })
    return file
  }

  async isWhole(id: string): Promise<boolean> {
    return (await this.files.findOne({ _id: id }, { projection: { _id: 1 } })) !== null
  }

  /** Its bytes from `start` up to and without `end`; whoever ends the stream ends the reading. */
  read(id: string, start: number, end: number): Readable {
    return Readable.from(this.#slices(id, start, end), { objectMode: false })
  }

  /** The ids of all whole blobs of an image. */
  async ofImage(imageId: string): Promise<string[]> {
    const found = await this.files.find({ 'metadata.imageId': imageId }, { projection: { _id: 1 } }).toArray()
    return found.map(({ _id }) => _id)
  }

  /**
   * Removes what there is of it, also of one that was never finished; repeating it changes nothing. Its file document goes
   * last: a removal that is cut off finds it again.
   */
  async remove(id: string): Promise<void> {
    await this.#chunks.deleteMany({ files_id: id }, { writeConcern: MAJORITY })
    await this.files.deleteOne({ _id: id }, { writeConcern: MAJORITY })
  }

  async *#slices(id: string, start: number, end: number): AsyncGenerator<Buffer> {
    const first = Math.floor(start / CHUNK)
    const last = Math.floor((end - 1) / CHUNK)
    const cursor = this.#chunks.find(
      { files_id: id, n: { $gte: first, $lte: last } },
      { projection: { _id: 0, n: 1, data: 1 }, sort: { n: 1 }, batchSize: READ_AHEAD, promoteBuffers: true },
    )
    let expected = first
    for await (const { n, data } of cursor) {
      if (n !== expected) break
      expected++
      yield data.subarray(n === first ? start - first * CHUNK : 0, n === last ? end - last * CHUNK : CHUNK)
    }
    if (expected <= last) throw new Error(`blob ${id}: chunk ${expected} is missing`)
  }
}
