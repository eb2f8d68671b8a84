import { randomUUID } from 'node:crypto'
import type { mongo } from 'mongoose'
import type { CollectionSpec } from '../../database/collections.ts'
import { MAJORITY } from '../../database/connect.ts'
import { Problem } from '../../errors.ts'
import type { BlobWriter } from './blob-writer.ts'
import type { BlobFile, BlobMetadata, Blobs } from './blobs.ts'

export const uploadsCollection: CollectionSpec = { name: 'uploads', indexes: [{ key: { startedAt: 1 } }] }

interface Intent {
  _id: string
  state: 'open' | 'swept'
  startedAt: Date
}

/** A blob that is being written: nobody sees it until it is placed. */
export interface Draft {
  blob: BlobWriter
  /** Makes the blob whole, and what is done alongside true, in one transaction. @throws Problem when the sweep was faster */
  place<Metadata extends BlobMetadata>(
    metadata: Metadata,
    alongside: (session: mongo.ClientSession) => Promise<void>,
  ): Promise<BlobFile<Metadata>>
}

/** What is being written: noted before the first chunk, gone when the blob is whole, so that no chunk is ever forgotten. */
export class UploadIntents {
  readonly #client: mongo.MongoClient
  readonly #uploads: mongo.Collection<Intent>
  readonly #blobs: Blobs
  readonly #abandonedAfter: number

  /** @param longest how long an upload may take, in ms; what is twice as old has nobody behind it */
  constructor(client: mongo.MongoClient, db: mongo.Db, blobs: Blobs, longest: number) {
    this.#client = client
    this.#uploads = db.collection<Intent>('uploads')
    this.#blobs = blobs
    this.#abandonedAfter = 2 * longest
  }

  /** Has a blob written under an intent. Unless it was placed, nothing of it is left; killed on the way, a sweep sees to that. */
  async whileOpen<Made>(make: (draft: Draft) => Promise<Made>): Promise<Made> {
    const blob = this.#blobs.writer(randomUUID())
    await this.#uploads.insertOne({ _id: blob.id, state: 'open', startedAt: new Date() }, { writeConcern: MAJORITY })
    let placed = false
    const place: Draft['place'] = async (metadata, alongside) => {
      const file = await this.#client.withSession(session =>
        session.withTransaction(async () => {
          await this.#close(blob.id, session)
          await alongside(session)
          return this.#blobs.place(blob, metadata, session)
        }),
      )
      placed = true
      return file
    }
    try {
      return await make({ blob, place })
    } finally {
      // What this can not remove the sweep will: the first failure is the one to tell of.
      if (!placed) await this.#abandon(blob).catch(() => undefined)
    }
  }

  /**
   * Removes a whole blob that is of no use any more; killed in between, the sweep goes on.
   * @param unused what must still hold of it, else it is left alone
   * @returns whether it did
   */
  async discard(blobId: string, unused: mongo.Filter<BlobFile>): Promise<boolean> {
    const swept = { state: 'swept', startedAt: new Date() } as const
    await this.#uploads.updateOne({ _id: blobId }, { $set: swept }, { upsert: true, writeConcern: MAJORITY })
    const isHidden = await this.#blobs.hide(blobId, unused)
    // One that is whole is of use again; else another process is at it, under the same intent.
    if (!isHidden && (await this.#blobs.isComplete(blobId))) await this.#forget(blobId)
    else await this.#removeSwept(blobId)
    return isHidden
  }

  /** Removes what nobody is behind any more. An intent is first taken, so that its blob can not become whole meanwhile. */
  async sweep(now = Date.now()): Promise<number> {
    const old = { startedAt: { $lt: new Date(now - this.#abandonedAfter) } }
    await this.#uploads.updateMany({ ...old, state: 'open' }, { $set: { state: 'swept' } }, { writeConcern: MAJORITY })
    let swept = 0
    for await (const { _id } of this.#uploads.find({ ...old, state: 'swept' })) {
      await this.#removeSwept(_id)
      swept++
    }
    return swept
  }

  async #close(blobId: string, session: mongo.ClientSession): Promise<void> {
    const { deletedCount } = await this.#uploads.deleteOne({ _id: blobId, state: 'open' }, { session })
    if (deletedCount > 0) return
    throw new Problem('unavailable', { detail: 'it took too long and was swept', headers: { 'retry-after': '1' } })
  }

  /**
   * Where the answer to the transaction was lost the blob may be whole all the same: it is taken first, and left where it
   * stands. Where the fate of a chunk is not known the intent stays, for a sweep when nothing is under way any more.
   */
  async #abandon(blob: BlobWriter): Promise<void> {
    const isKnown = await blob.settle()
    const { matchedCount } = await this.#uploads.updateOne(
      { _id: blob.id },
      { $set: { state: 'swept' } },
      { writeConcern: MAJORITY },
    )
    if (matchedCount === 0 && (await this.#blobs.isComplete(blob.id))) return
    if (isKnown) await this.#removeSwept(blob.id)
    else await this.#blobs.removeBytes(blob.id)
  }

  /** The file document goes first: nobody finds a blob whose bytes are going, and the intent remembers them. */
  async #removeSwept(blobId: string): Promise<void> {
    await this.#blobs.hide(blobId)
    await this.#blobs.removeBytes(blobId)
    await this.#forget(blobId)
  }

  async #forget(blobId: string): Promise<void> {
    await this.#uploads.deleteOne({ _id: blobId }, { writeConcern: MAJORITY })
  }
}
