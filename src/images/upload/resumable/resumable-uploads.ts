import type { mongo } from 'mongoose'
import type { CollectionSpec } from '../../../database/collections.ts'
import { CURRENT_READ, MAJORITY } from '../../../database/connect.ts'
import { inTransaction } from '../../../database/transaction.ts'
import { Problem } from '../../../errors.ts'
import type { Blobs } from '../../storage/blobs.ts'

const NAME = 'resumableUploads'

/** Resumable uploads are removed when they are so old, with the bytes of those that are not complete. */
export const LIFETIME_MS = 24 * 60 * 60_000
/** Number of unfinished uploads that an account may have. */
export const MAX_UNFINISHED = 100

/** The collection of resumable uploads, with the indexes for the uploads of an account and for the sweep. */
export const resumableUploadsCollection: CollectionSpec = {
  name: NAME,
  indexes: [{ key: { ownerId: 1 } }, { key: { createdAt: 1 } }],
}

/** A file that arrives in pieces. Its bytes are a blob of the same id without a file document, until the image is made of them. */
export interface ResumableUpload {
  _id: string
  ownerId: string
  /** Size of the file in bytes. */
  length: number
  /** Number of bytes that are stored. */
  offset: number
  /** As the client sent it: file name and fields of the upload. */
  metadata: Record<string, string | null>
  /** The request that may append bytes. */
  writer: string
  /** The image that was made of the bytes, which are removed. */
  imageId?: string
  createdAt: Date
}

/** Uploads in several requests. What is stored of one is what its offset says, also after a crash. */
export class ResumableUploads {
  readonly #client: mongo.MongoClient
  readonly #uploads: mongo.Collection<ResumableUpload>
  readonly #blobs: Blobs

  constructor(client: mongo.MongoClient, db: mongo.Db, blobs: Blobs) {
    this.#client = client
    this.#uploads = db.collection(NAME)
    this.#blobs = blobs
  }

  /** Creates an upload without bytes. @throws Problem `too_many_uploads` when the account has 100 unfinished ones */
  async create(upload: Omit<ResumableUpload, 'offset' | 'createdAt'>): Promise<void> {
    const { _id, ownerId } = upload
    await this.#uploads.insertOne({ ...upload, offset: 0, createdAt: new Date() }, { writeConcern: MAJORITY })
    // Counted afterwards: of several that are created at once, none misses another.
    const unfinished = await this.#uploads.countDocuments({ ownerId, imageId: { $exists: false } }, CURRENT_READ)
    if (unfinished <= MAX_UNFINISHED) return
    await this.#uploads.deleteOne({ _id }, { writeConcern: MAJORITY })
    throw new Problem('too_many_uploads', { detail: `an account may have ${MAX_UNFINISHED} unfinished uploads` })
  }

  /** Returns an upload of an account, unless it has expired. */
  async find(id: string, ownerId: string): Promise<ResumableUpload | null> {
    const createdAt = { $gt: new Date(Date.now() - LIFETIME_MS) }
    return this.#uploads.findOne({ _id: id, ownerId, createdAt }, CURRENT_READ)
  }

  /**
   * Lets a request append bytes; the one before may not any more.
   * @param offset where it begins
   * @throws Problem `offset_conflict` when the upload has another offset, or is complete
   */
  async claim(id: string, writer: string, offset: number): Promise<void> {
    const filter = { _id: id, offset, imageId: { $exists: false } }
    const { matchedCount } = await this.#uploads.updateOne(filter, { $set: { writer } }, { writeConcern: MAJORITY })
    if (matchedCount === 0) throw conflict()
  }

  /**
   * Appends bytes. Killed here, they are stored and count, or neither.
   * @param bytes not more than fit into the chunk that they begin in (`roomInChunk`)
   * @throws Problem `offset_conflict` when another request has claimed the upload, or it was removed
   */
  async append(id: string, writer: string, offset: number, bytes: Buffer): Promise<void> {
    await inTransaction(this.#client, async session => {
      const filter = { _id: id, writer, offset, imageId: { $exists: false } }
      const longer = { $set: { offset: offset + bytes.length } }
      const { matchedCount } = await this.#uploads.updateOne(filter, longer, { session })
      if (matchedCount === 0) throw conflict()
      await this.#blobs.append(id, offset, bytes, session)
    })
  }

  /** Notes the image that was made of an upload, and removes the bytes. */
  async complete(id: string, imageId: string): Promise<void> {
    await inTransaction(this.#client, async session => {
      await this.#uploads.updateOne({ _id: id }, { $set: { imageId } }, { session })
      await this.#blobs.removeBytes(id, session)
    })
  }

  /** Removes an upload with its bytes; an image that was made of them stays. @returns false when there is none */
  async remove(id: string): Promise<boolean> {
    return inTransaction(this.#client, async session => {
      const { deletedCount } = await this.#uploads.deleteOne({ _id: id }, { session })
      await this.#blobs.removeBytes(id, session)
      return deletedCount > 0
    })
  }

  /** Removes the uploads of an account. */
  async removeOf(ownerId: string): Promise<void> {
    await this.#removeAll({ ownerId })
  }

  /** Removes the uploads that have expired. @param now ms since 1970 @returns their number */
  async sweep(now = Date.now()): Promise<number> {
    return this.#removeAll({ createdAt: { $lte: new Date(now - LIFETIME_MS) } })
  }

  async #removeAll(filter: mongo.Filter<ResumableUpload>): Promise<number> {
    let removed = 0
    for await (const { _id } of this.#uploads.find(filter, { projection: { _id: 1 } })) {
      if (await this.remove(_id)) removed++
    }
    return removed
  }
}

function conflict(): Problem {
  return new Problem('offset_conflict', { detail: 'ask for the offset by HEAD, and go on there' })
}
