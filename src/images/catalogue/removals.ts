import type { FastifyBaseLogger } from 'fastify'
import type { mongo } from 'mongoose'
import type { CollectionSpec } from '../../database/collections.ts'
import { MAJORITY } from '../../database/connect.ts'
import type { Image } from '../image.ts'
import type { Blobs } from '../storage/blobs.ts'

export const removalsCollection: CollectionSpec = { name: 'removals', indexes: [] }

/** So long other processes may remember that an image was there (60 s), and finish what they began because of it. */
const FORGOTTEN = 90_000

/** Takes away what else goes when an image goes; it may be called again for an image of which nothing is left. */
export type Remover = (imageId: string) => Promise<void>

interface Removal {
  _id: string
  blobIds: string[]
  /** When it began; begun anew when the image itself went later. */
  startedAt: Date
}

/** Images that go: noted before the image does, so that whatever is cut off is found and ends with nothing left. */
export class Removals {
  readonly #removals: mongo.Collection<Removal>
  readonly #images: mongo.Collection<Image>
  readonly #blobs: Blobs
  readonly #removers: Remover[]
  readonly #logger: FastifyBaseLogger

  constructor(db: mongo.Db, blobs: Blobs, removers: Remover[], logger: FastifyBaseLogger) {
    this.#removals = db.collection('removals')
    this.#images = db.collection('images')
    this.#blobs = blobs
    this.#removers = removers
    this.#logger = logger
  }

  /** Removes an image and what belongs to it. When this returns nobody sees it any more; what is left then a sweep takes. */
  async remove({ _id, blobId }: Pick<Image, '_id' | 'blobId'>): Promise<void> {
    const removal = { _id, blobIds: [blobId], startedAt: new Date() }
    const { _id: _, ...fresh } = removal
    await this.#removals.updateOne({ _id }, { $setOnInsert: fresh }, { upsert: true, writeConcern: MAJORITY })
    await this.#removeImage(_id)
    // The image is gone and the removal stands: that is the answer, whatever becomes of the rest for now.
    await this.#removeRest(removal).catch(err => this.#logger.error({ err, imageId: _id }, 'left to the sweep'))
  }

  /** Goes over what was removed before, once no process remembers the image any more, and then forgets it. */
  async sweep(now = Date.now()): Promise<number> {
    let done = 0
    for await (const removal of this.#removals.find({ startedAt: { $lt: new Date(now - FORGOTTEN) } })) {
      const wentJustNow = await this.#removeImage(removal._id)
      await this.#removeRest(removal)
      if (wentJustNow) await this.#beginAnew(removal, now)
      else await this.#removals.deleteOne({ _id: removal._id }, { writeConcern: MAJORITY })
      done++
    }
    return done
  }

  async #removeImage(_id: string): Promise<boolean> {
    return (await this.#images.deleteOne({ _id }, { writeConcern: MAJORITY })).deletedCount > 0
  }

  async #removeRest({ _id, blobIds }: Removal): Promise<void> {
    for (const remover of this.#removers) await remover(_id)
    for (const blobId of new Set([...blobIds, ...(await this.#blobs.ofImage(_id))])) await this.#removeBlob(blobId)
  }

  /** Its file document goes last: by it a removal that was cut off finds the blob again. */
  async #removeBlob(blobId: string): Promise<void> {
    await this.#blobs.removeBytes(blobId)
    await this.#blobs.hide(blobId)
  }

  async #beginAnew({ _id }: Removal, now: number): Promise<void> {
    await this.#removals.updateOne({ _id }, { $set: { startedAt: new Date(now) } }, { writeConcern: MAJORITY })
  }
}
