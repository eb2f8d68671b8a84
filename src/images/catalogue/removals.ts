import type { FastifyBaseLogger } from 'fastify'
import type { mongo } from 'mongoose'
import type { CollectionSpec } from '../../database/collections.ts'
import { MAJORITY } from '../../database/connect.ts'
import type { Image } from '../image.ts'
import type { Blobs } from '../storage/blobs.ts'

/** The collection of removals. */
export const removalsCollection: CollectionSpec = { name: 'removals', indexes: [] }

/** Other processes cache that an image exists for a while and may finish what they began: a removal is repeated after this time. */
const REPEAT_AFTER_MS = 90_000

/** Removes data that belong to an image. Idempotent: it is called again by the sweep. */
export type Remover = (imageId: string) => Promise<void>

/** An image that is being removed. */
interface Removal {
  /** Id of the image. */
  _id: string
  blobIds: string[]
  /** When it began; reset when the image itself is removed later. */
  startedAt: Date
}

/** Removals of images: written before the image is deleted, so that a sweep finds and finishes interrupted ones. */
export class Removals {
  readonly #removals: mongo.Collection<Removal>
  readonly #images: mongo.Collection<Image>
  readonly #blobs: Blobs
  readonly #removers: Remover[]
  readonly #logger: FastifyBaseLogger

  /** @param removers remove the data that other parts of the service have on an image */
  constructor(db: mongo.Db, blobs: Blobs, removers: Remover[], logger: FastifyBaseLogger) {
    this.#removals = db.collection('removals')
    this.#images = db.collection('images')
    this.#blobs = blobs
    this.#removers = removers
    this.#logger = logger
  }

  /** Removes an image and its data. When it returns, the image is no longer visible; a sweep removes what is left. */
  async remove({ _id, blobId }: Pick<Image, '_id' | 'blobId'>): Promise<void> {
    const removal = { _id, blobIds: [blobId], startedAt: new Date() }
    const { _id: _, ...fresh } = removal
    await this.#removals.updateOne({ _id }, { $setOnInsert: fresh }, { upsert: true, writeConcern: MAJORITY })
    await this.#removeImage(_id)
    // The image is deleted and the removal is stored, so an error of the rest is left to the sweep.
    await this.#removeRest(removal).catch(err =>
      this.#logger.error({ err, imageId: _id }, 'removing the data of an image failed; the sweep will retry'),
    )
  }

  /**
   * Repeats removals once no process has the image in its cache any more, and deletes their documents.
   * @param now ms since 1970
   * @returns the number of removals
   */
  async sweep(now = Date.now()): Promise<number> {
    let done = 0
    for await (const removal of this.#removals.find({ startedAt: { $lt: new Date(now - REPEAT_AFTER_MS) } })) {
      const wasDeletedNow = await this.#removeImage(removal._id)
      await this.#removeRest(removal)
      if (wasDeletedNow) await this.#restart(removal, now)
      else await this.#removals.deleteOne({ _id: removal._id }, { writeConcern: MAJORITY })
      done++
    }
    return done
  }

  /** Deletes the document of an image. @returns whether it existed */
  async #removeImage(_id: string): Promise<boolean> {
    return (await this.#images.deleteOne({ _id }, { writeConcern: MAJORITY })).deletedCount > 0
  }

  async #removeRest({ _id, blobIds }: Removal): Promise<void> {
    for (const remover of this.#removers) await remover(_id)
    for (const blobId of new Set([...blobIds, ...(await this.#blobs.ofImage(_id))])) await this.#removeBlob(blobId)
  }

  /** Removes a blob. The file document goes last, so that an interrupted removal finds the blob again. */
  async #removeBlob(blobId: string): Promise<void> {
    await this.#blobs.removeBytes(blobId)
    await this.#blobs.hide(blobId)
  }

  async #restart({ _id }: Removal, now: number): Promise<void> {
    await this.#removals.updateOne({ _id }, { $set: { startedAt: new Date(now) } }, { writeConcern: MAJORITY })
  }
}
