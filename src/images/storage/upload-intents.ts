import { randomUUID } from 'node:crypto'
import type { mongo } from 'mongoose'
import type { CollectionSpec } from '../../database/collections.ts'
import { MAJORITY } from '../../database/connect.ts'
import { inTransaction } from '../../database/transaction.ts'
import { Problem } from '../../errors.ts'
import type { BlobWriter } from './blob-writer.ts'
import type { BlobFile, BlobMetadata, Blobs } from './blobs.ts'

/** The collection of upload intents, with the index for the sweep. */
export const uploadsCollection: CollectionSpec = { name: 'uploads', indexes: [{ key: { startedAt: 1 } }] }

/** Intent to write a blob. */
interface Intent {
  /** Id of the blob. */
  _id: string
  /** `swept` when the blob is being removed and can no longer be completed. */
  state: 'open' | 'swept'
  startedAt: Date
}

/** A blob that is being written and not visible until it is placed. */
export interface Draft {
  blob: BlobWriter
  /** Completes the blob and runs `alongside` in one transaction. @throws Problem `unavailable` when it was swept meanwhile */
  place<Metadata extends BlobMetadata>(
    metadata: Metadata,
    alongside: (session: mongo.ClientSession) => Promise<void>,
  ): Promise<BlobFile<Metadata>>
}

/**
 * Upload intents: written before the first chunk of a blob and deleted when the blob is complete, so that the chunks of interrupted
 * uploads can be found and removed.
 */
export class UploadIntents {
  readonly #client: mongo.MongoClient
  readonly #uploads: mongo.Collection<Intent>
  readonly #blobs: Blobs
  readonly #abandonedAfterMs: number

  /** @param uploadTime time limit of an upload, in ms; an intent that is twice as old is abandoned */
  constructor(client: mongo.MongoClient, db: mongo.Db, blobs: Blobs, uploadTime: number) {
    this.#client = client
    this.#uploads = db.collection<Intent>('uploads')
    this.#blobs = blobs
    this.#abandonedAfterMs = 2 * uploadTime
  }

  /** Runs `make` with a draft under an intent. A blob that was not placed is removed, after a crash by the sweep. */
  async withDraft<Made>(make: (draft: Draft) => Promise<Made>): Promise<Made> {
    const blob = this.#blobs.writer(randomUUID())
    await this.#uploads.insertOne({ _id: blob.id, state: 'open', startedAt: new Date() }, { writeConcern: MAJORITY })
    let placed = false
    const place: Draft['place'] = async (metadata, alongside) => {
      const file = await inTransaction(this.#client, async session => {
        await this.#close(blob.id, session)
        await alongside(session)
        return this.#blobs.place(blob, metadata, session)
      })
      placed = true
      return file
    }
    try {
      return await make({ blob, place })
    } finally {
      // The sweep removes what this can not; the first error is the one to report.
      if (!placed) await this.#abandon(blob).catch(() => undefined)
    }
  }

  /**
   * Removes a complete blob that is no longer used; after a crash the sweep continues.
   * @param condition filter that its file document must still match, else the blob stays
   * @returns whether it was removed
   */
  async discard(blobId: string, condition: mongo.Filter<BlobFile>): Promise<boolean> {
    const swept = { state: 'swept', startedAt: new Date() } as const
    await this.#uploads.updateOne({ _id: blobId }, { $set: swept }, { upsert: true, writeConcern: MAJORITY })
    const isHidden = await this.#blobs.hide(blobId, condition)
    // A complete blob is in use again; otherwise another process is removing it, under the same intent.
    if (!isHidden && (await this.#blobs.isComplete(blobId))) await this.#deleteIntent(blobId)
    else await this.#removeSwept(blobId)
    return isHidden
  }

  /**
   * Removes the blobs of abandoned intents. Each intent is set to `swept` first, so that its blob can not be completed meanwhile.
   * @param now ms since 1970
   * @returns the number of blobs
   */
  async sweep(now = Date.now()): Promise<number> {
    const abandoned = { startedAt: { $lt: new Date(now - this.#abandonedAfterMs) } }
    await this.#uploads.updateMany(
      { ...abandoned, state: 'open' },
      { $set: { state: 'swept' } },
      { writeConcern: MAJORITY },
    )
    let swept = 0
    for await (const { _id } of this.#uploads.find({ ...abandoned, state: 'swept' })) {
      await this.#removeSwept(_id)
      swept++
    }
    return swept
  }

  /** Deletes the open intent of a blob that is being completed. @throws Problem `unavailable` when the sweep was faster */
  async #close(blobId: string, session: mongo.ClientSession): Promise<void> {
    const { deletedCount } = await this.#uploads.deleteOne({ _id: blobId, state: 'open' }, { session })
    if (deletedCount > 0) return
    throw new Problem('unavailable', {
      detail: 'the upload took too long and was removed',
      headers: { 'retry-after': '1' },
    })
  }

  /**
   * Removes a blob that was not placed. When the reply to the transaction was lost it may be complete all the same, and stays. When
   * the outcome of a chunk is unknown the intent stays, for a sweep when no write can be in flight any more.
   */
  async #abandon(blob: BlobWriter): Promise<void> {
    const isOutcomeKnown = await blob.settle()
    const { matchedCount } = await this.#uploads.updateOne(
      { _id: blob.id },
      { $set: { state: 'swept' } },
      { writeConcern: MAJORITY },
    )
    if (matchedCount === 0 && (await this.#blobs.isComplete(blob.id))) return
    if (isOutcomeKnown) await this.#removeSwept(blob.id)
    else await this.#blobs.removeBytes(blob.id)
  }

  /** Removes a blob. The file document goes first, so that no reader finds it; the intent goes last, so that a sweep finds the rest. */
  async #removeSwept(blobId: string): Promise<void> {
    await this.#blobs.hide(blobId)
    await this.#blobs.removeBytes(blobId)
    await this.#deleteIntent(blobId)
  }

  async #deleteIntent(blobId: string): Promise<void> {
    await this.#uploads.deleteOne({ _id: blobId }, { writeConcern: MAJORITY })
  }
}
