import type { Readable } from 'node:stream'
import { mongo } from 'mongoose'
import type { CollectionSpec } from '../database/collections.ts'
import { MAJORITY } from '../database/connect.ts'

const BUCKET = 'blobs'
const CHUNK = 1_048_576

export const blobCollections: CollectionSpec[] = [
  {
    name: `${BUCKET}.files`,
    indexes: [
      { key: { filename: 1, uploadDate: 1 } },
      { key: { 'metadata.imageId': 1, 'metadata.variant': 1 } },
      { key: { 'metadata.kind': 1, 'metadata.usedOn': 1 } },
    ],
  },
  { name: `${BUCKET}.chunks`, indexes: [{ key: { files_id: 1, n: 1 }, unique: true }] },
]

export interface BlobMetadata {
  imageId: string
  kind: 'original' | 'rendition'
  variant?: string
}

/** The bytes of images, in GridFS, under ids of our choosing. */
export class Blobs {
  readonly #bucket: mongo.GridFSBucket
  readonly #files: mongo.Collection<{ _id: string }>
  readonly #chunks: mongo.Collection<{ files_id: string }>

  constructor(db: mongo.Db) {
    this.#bucket = new mongo.GridFSBucket(db, { bucketName: BUCKET, chunkSizeBytes: CHUNK, writeConcern: MAJORITY })
    this.#files = db.collection(`${BUCKET}.files`)
    this.#chunks = db.collection(`${BUCKET}.chunks`)
  }

  /** A stream to write the blob to; it is there when the stream has finished. */
  write(id: string, metadata: BlobMetadata): mongo.GridFSBucketWriteStream {
    return this.#bucket.openUploadStreamWithId(id as never, metadata.imageId, { metadata: { ...metadata } })
  }

  /** Its bytes from `start` up to and without `end`. */
  read(id: string, start: number, end: number): Readable {
    return this.#bucket.openDownloadStream(id as never, { start, end })
  }

  /** Removes what there is of it, also of one that was never finished; repeating it changes nothing. */
  async remove(id: string): Promise<void> {
    await this.#files.deleteOne({ _id: id }, { writeConcern: MAJORITY })
    await this.#chunks.deleteMany({ files_id: id }, { writeConcern: MAJORITY })
  }
}
