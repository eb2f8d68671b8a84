import type { mongo } from 'mongoose'
import type { CollectionSpec } from '../database/collections.ts'
import { MAJORITY } from '../database/connect.ts'
import { Problem } from '../errors.ts'
import type { Blobs } from './blobs.ts'

export const uploadsCollection: CollectionSpec = { name: 'uploads', indexes: [{ key: { startedAt: 1 } }] }

/** An upload may take 10 minutes; one that is twice as old has nobody behind it. */
const ABANDONED = 20 * 60_000

interface Intent {
  _id: string
  state: 'open' | 'swept'
  startedAt: Date
}

/** What is being uploaded: written before the first chunk, gone when the image stands, so that no chunk is ever forgotten. */
export class Intents {
  readonly #uploads: mongo.Collection<Intent>

  constructor(db: mongo.Db) {
    this.#uploads = db.collection<Intent>('uploads')
  }

  async open(blobId: string): Promise<void> {
    await this.#uploads.insertOne({ _id: blobId, state: 'open', startedAt: new Date() }, { writeConcern: MAJORITY })
  }

  /**
   * Ends an intent within the transaction in which its image appears.
   * @throws Problem when the sweep was faster: the blob is gone or going
   */
  async close(blobId: string, session: mongo.ClientSession): Promise<void> {
    const { deletedCount } = await this.#uploads.deleteOne({ _id: blobId, state: 'open' }, { session })
    if (deletedCount === 0) {
      throw new Problem('unavailable', {
        detail: 'the upload took too long and was swept',
        headers: { 'retry-after': '1' },
      })
    }
  }

  /** Removes a blob that will have no image, then its intent; killed in between, the sweep goes on. */
  async abandon(blobId: string, blobs: Blobs): Promise<void> {
    await blobs.remove(blobId)
    await this.#uploads.deleteOne({ _id: blobId }, { writeConcern: MAJORITY })
  }

  /** Removes what nobody is behind any more. An intent is first taken, so that its upload can not finish meanwhile. */
  async sweep(blobs: Blobs, now = Date.now()): Promise<number> {
    const old = { startedAt: { $lt: new Date(now - ABANDONED) } }
    await this.#uploads.updateMany({ ...old, state: 'open' }, { $set: { state: 'swept' } }, { writeConcern: MAJORITY })
    let swept = 0
    for await (const { _id } of this.#uploads.find({ ...old, state: 'swept' })) {
      await this.abandon(_id, blobs)
      swept++
    }
    return swept
  }
}
