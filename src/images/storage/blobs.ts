import { once } from 'node:events'
import { Readable } from 'node:stream'
import { mongo } from 'mongoose'
import type { CollectionSpec } from '../../database/collections.ts'
import { MAJORITY } from '../../database/connect.ts'
import { BlobWriter, CHUNK_BYTES, type Chunk } from './blob-writer.ts'

const FILES = 'blobs.files'
const CHUNKS = 'blobs.chunks'

/** The collections of GridFS, with the indexes for the blobs of an image and for unused renditions. */
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
  /** Size, fit and format; see `variantOf`. */
  variant: string
  sha256: string
  /** Day of the last use, such as 2026-11-24. */
  usedOn: string
}

/** What a blob belongs to. */
export type BlobMetadata = OriginalMetadata | RenditionMetadata

/** File document of a complete blob, in the format of GridFS. */
export interface BlobFile<Metadata extends BlobMetadata = BlobMetadata> {
  _id: string
  length: number
  chunkSize: number
  uploadDate: Date
  filename: string
  metadata: Metadata
}
export type RenditionFile = BlobFile<RenditionMetadata>

/** The bytes of images, in GridFS. A blob without a file document is incomplete and can not be read. */
export class Blobs {
  readonly files: mongo.Collection<BlobFile>
  readonly #chunks: mongo.Collection<Chunk>

  constructor(db: mongo.Db) {
    this.files = db.collection(FILES)
    this.#chunks = db.collection(CHUNKS)
  }

  /** Returns a writer for a new blob, which exists once it is placed. @param id chosen by the caller, unlike that of GridFS itself */
  writer(id: string): BlobWriter {
    return new BlobWriter(id, this.#chunks)
  }

  /** Completes a written blob by its file document, within the transaction that refers to the blob. @returns the file document */
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

  /** Whether a blob has its file document. */
  async isComplete(id: string): Promise<boolean> {
    return (await this.files.findOne({ _id: id }, { projection: { _id: 1 } })) !== null
  }

  /**
   * Opens the bytes of a blob from `start` (inclusive) to `end` (exclusive). Resolves when the first bytes are there. A chunk is read
   * when the one before has been taken; destroying the stream stops reading.
   * @throws Error when the first bytes are missing
   */
  async read(id: string, start: number, end: number): Promise<Readable> {
    const bytes = Readable.from(this.#slices(id, start, end), { objectMode: false, highWaterMark: 0 })
    await once(bytes, 'readable')
    return bytes
  }

  /** Returns the ids of the complete blobs of an image. */
  async ofImage(imageId: string): Promise<string[]> {
    const found = await this.files.find({ 'metadata.imageId': imageId }, { projection: { _id: 1 } }).toArray()
    return found.map(({ _id }) => _id)
  }

  /**
   * Deletes the file document of a blob, so that it can not be found any more; its bytes remain.
   * @param condition a further filter that the file document must match
   * @returns whether it was deleted
   */
  async hide(id: string, condition: mongo.Filter<BlobFile> = {}): Promise<boolean> {
    const { deletedCount } = await this.files.deleteOne({ ...condition, _id: id }, { writeConcern: MAJORITY })
    return deletedCount > 0
  }

  /** Removes the bytes of a blob, complete or not. @param session of the transaction, if it is part of one */
  async removeBytes(id: string, session?: mongo.ClientSession): Promise<void> {
    await this.#chunks.deleteMany({ files_id: id }, session ? { session } : { writeConcern: MAJORITY })
  }

  /**
   * Appends bytes to a blob without a file document, within the transaction that says how long it is.
   * @param length of the blob so far, in bytes
   * @param bytes not more than fit into the chunk that they begin in (`roomInChunk`)
   */
  async append(id: string, length: number, bytes: Buffer, session: mongo.ClientSession): Promise<void> {
    const [n, filled] = [Math.floor(length / CHUNK_BYTES), length % CHUNK_BYTES]
    if (filled === 0) {
      await this.#chunks.insertOne({ _id: new mongo.ObjectId(), files_id: id, n, data: bytes }, { session })
      return
    }
    const last = await this.#chunks.findOne({ files_id: id, n }, { session, promoteBuffers: true })
    if (last?.data.length !== filled) throw new Error(`blob ${id}: chunk ${n} has not ${filled} bytes`)
    await this.#chunks.updateOne({ _id: last._id }, { $set: { data: Buffer.concat([last.data, bytes]) } }, { session })
  }

  /** Yields the bytes chunk by chunk, the first and the last cut to the range. @throws Error when a chunk is missing */
  async *#slices(id: string, start: number, end: number): AsyncGenerator<Buffer> {
    const first = Math.floor(start / CHUNK_BYTES)
    const last = Math.floor((end - 1) / CHUNK_BYTES)
    const projection = { _id: 0, data: 1 }
    for (let n = first; n <= last; n++) {
      const chunk = await this.#chunks.findOne({ files_id: id, n }, { projection, promoteBuffers: true })
      if (!chunk) throw new Error(`blob ${id}: chunk ${n} is missing`)
      yield chunk.data.subarray(
        n === first ? start - first * CHUNK_BYTES : 0,
        n === last ? end - last * CHUNK_BYTES : CHUNK_BYTES,
      )
    }
  }
}
