import { once } from 'node:events'
import { Readable } from 'node:stream'
import type { mongo } from 'mongoose'
import type { CollectionSpec } from '../../database/collections.ts'
import { MAJORITY } from '../../database/connect.ts'
import { BlobWriter, CHUNK_BYTES, type Chunk } from './blob-writer.ts'

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

interface OriginalMetadata {
  imageId: string
  kind: 'original'
}

interface RenditionMetadata {
  imageId: string
  kind: 'rendition'
  /** Which one it is. */
  variant: string
  /** Of its bytes. */
  sha256: string
  /** The day, as 2026-11-24, on which it was last asked for. */
  usedOn: string
}

export type BlobMetadata = OriginalMetadata | RenditionMetadata

/** A whole blob, as GridFS describes it. */
export interface BlobFile<Metadata extends BlobMetadata = BlobMetadata> {
  _id: string
  length: number
  chunkSize: number
  uploadDate: Date
  filename: string
  metadata: Metadata
}
export type RenditionFile = BlobFile<RenditionMetadata>

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
  async place<Metadata extends BlobMetadata>(
    { id, length }: BlobWriter,
    metadata: Metadata,
    session: mongo.ClientSession,
  ): Promise<BlobFile<Metadata>> {
    const file = {
      _id: id,
      length,
      chunkSize: CHUNK_BYTES,
      uploadDate: new Date(),
      filename: metadata.imageId,
      metadata,
    }
    await this.files.insertOne(file, { session })
    return file
  }

  async isComplete(id: string): Promise<boolean> {
    return (await this.files.findOne({ _id: id }, { projection: { _id: 1 } })) !== null
  }

  /**
   * Its bytes from `start` up to and without `end`, of which the first are there; whoever ends the stream ends the reading.
   * @throws when the first are missing
   */
  async read(id: string, start: number, end: number): Promise<Readable> {
    const bytes = Readable.from(this.#slices(id, start, end), { objectMode: false })
    await once(bytes, 'readable')
    return bytes
  }

  /** The ids of all whole blobs of an image. */
  async ofImage(imageId: string): Promise<string[]> {
    const found = await this.files.find({ 'metadata.imageId': imageId }, { projection: { _id: 1 } }).toArray()
    return found.map(({ _id }) => _id)
  }

  /**
   * Takes its file document, so that nobody finds it any more; its bytes are still there.
   * @param unused what must hold of it, else it stays
   * @returns whether there was one
   */
  async hide(id: string, unused: mongo.Filter<BlobFile> = {}): Promise<boolean> {
    const { deletedCount } = await this.files.deleteOne({ ...unused, _id: id }, { writeConcern: MAJORITY })
    return deletedCount > 0
  }

  /** Removes what bytes there are of it, also of one that was never finished. */
  async removeBytes(id: string): Promise<void> {
    await this.#chunks.deleteMany({ files_id: id }, { writeConcern: MAJORITY })
  }

  async *#slices(id: string, start: number, end: number): AsyncGenerator<Buffer> {
    const first = Math.floor(start / CHUNK_BYTES)
    const last = Math.floor((end - 1) / CHUNK_BYTES)
    const cursor = this.#chunks.find(
      { files_id: id, n: { $gte: first, $lte: last } },
      { projection: { _id: 0, n: 1, data: 1 }, sort: { n: 1 }, batchSize: READ_AHEAD, promoteBuffers: true },
    )
    let expected = first
    for await (const { n, data } of cursor) {
      if (n !== expected) break
      expected++
      yield data.subarray(
        n === first ? start - first * CHUNK_BYTES : 0,
        n === last ? end - last * CHUNK_BYTES : CHUNK_BYTES,
      )
    }
    if (expected <= last) throw new Error(`blob ${id}: chunk ${expected} is missing`)
  }
}
