import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { DataStore, Upload } from '@tus/server'
import { Problem } from '../../../errors.ts'
import { withTemporaryFolder } from '../../../lib/temporary-folder.ts'
import { roomInChunk } from '../../storage/blob-writer.ts'
import { storeFile } from '../receive-file.ts'
import { LIFETIME_MS, type ResumableUpload, type ResumableUploads } from './resumable-uploads.ts'
import type { UploadChecksum } from './upload-checksum.ts'

/** The extensions of the protocol that the service supports. */
export const EXTENSIONS = ['creation', 'creation-with-upload', 'checksum', 'expiration', 'termination']

/** The resumable uploads of an account, as one request of the tus protocol sees them. */
export class TusStore extends DataStore {
  override extensions = EXTENSIONS
  readonly #uploads: ResumableUploads
  readonly #ownerId: string
  readonly #checksum: UploadChecksum | undefined
  readonly #writer = randomUUID()

  /** @param checksum of the bytes of the request */
  constructor(uploads: ResumableUploads, ownerId: string, checksum?: UploadChecksum) {
    super()
    this.#uploads = uploads
    this.#ownerId = ownerId
    this.#checksum = checksum
  }

  /** @throws Problem `too_many_uploads` */
  override async create(upload: Upload): Promise<Upload> {
    const { id, size = 0, metadata = {} } = upload
    await this.#uploads.create({ _id: id, ownerId: this.#ownerId, length: size, metadata, writer: this.#writer })
    return upload
  }

  /** @throws Problem `not_found` */
  override async getUpload(id: string): Promise<Upload> {
    const { _id, length: size, createdAt, ...rest } = await this.find(id)
    return new Upload({ id, size, creation_date: createdAt.toISOString(), ...rest })
  }

  /** Returns an upload of the account as it is stored. @throws Problem `not_found` */
  async find(id: string): Promise<ResumableUpload> {
    const upload = await this.#uploads.find(id, this.#ownerId)
    if (upload) return upload
    throw new Problem('not_found', { detail: 'no such upload: it may have expired' })
  }

  /** @throws Problem `not_found` */
  override async remove(id: string): Promise<void> {
    await this.find(id)
    await this.#uploads.remove(id)
  }

  override getExpiration(): number {
    return LIFETIME_MS
  }

  /**
   * Stores the bytes of a request from `offset` on, in transactions of a chunk at most: of a request that is cut off, what has arrived.
   * With a checksum, all bytes are received before the first one is stored.
   * @returns the new offset
   * @throws Problem `offset_conflict`, `checksum_mismatch`; the error of the stream
   */
  override async write(stream: Readable, id: string, offset: number): Promise<number> {
    const checksum = this.#checksum
    if (!checksum) return this.#append(stream, id, offset)
    return withTemporaryFolder(async folder => {
      const path = join(folder, 'received')
      await storeFile(checksum.compared(stream), path, undefined)
      return this.#append(createReadStream(path), id, offset)
    })
  }

  async #append(stream: AsyncIterable<Buffer>, id: string, offset: number): Promise<number> {
    const { length } = await this.find(id)
    // A request without bytes asks for the image again.
    if (offset < length) await this.#uploads.claim(id, this.#writer, offset)
    let [stored, filled] = [offset, 0]
    let pieces: Buffer[] = []
    const store = async () => {
      const bytes = Buffer.concat(pieces, filled)
      pieces = []
      filled = 0
      if (bytes.length === 0) return
      await this.#uploads.append(id, this.#writer, stored, bytes)
      stored += bytes.length
    }
    try {
      for await (const bytes of stream) {
        for (let from = 0; from < bytes.length; ) {
          const piece = bytes.subarray(from, from + roomInChunk(stored) - filled)
          pieces.push(piece)
          filled += piece.length
          from += piece.length
          if (filled === roomInChunk(stored)) await store()
        }
      }
    } finally {
      await store()
    }
    return stored
  }
}
