import type { mongo } from 'mongoose'
import { Problem } from '../../errors.ts'
import type { Image } from '../image.ts'

/** How much an account may store; 0 is unlimited. */
export interface Quota {
  images: number
  /** Bytes of the originals; renditions do not count. */
  bytes: number
}

/** Keeps the images of each account within the quota. */
export class Quotas {
  readonly #images: mongo.Collection<Image>
  readonly #users: mongo.Collection<{ _id: string; uploads?: number }>
  readonly #quota: Quota

  constructor(db: mongo.Db, quota: Quota) {
    this.#images = db.collection('images')
    this.#users = db.collection('users')
    this.#quota = quota
  }

  /** Checks whether an account has room for another image, before the work on it. @throws Problem `quota_exceeded` */
  async checkRoomFor(bytes: number, ownerId: string): Promise<void> {
    if (this.#isUnlimited()) return
    const used = await this.#usedBy(ownerId)
    this.#compare({ images: used.images + 1, bytes: used.bytes + bytes })
  }

  /**
   * Checks the quota after an image was inserted, in the same transaction. The write to the account makes transactions of one account
   * conflict, so that each counts the images of those before it: the quota is exact.
   * @throws Problem `quota_exceeded`
   */
  async checkInserted(ownerId: string, session: mongo.ClientSession): Promise<void> {
    if (this.#isUnlimited()) return
    await this.#users.updateOne({ _id: ownerId }, { $inc: { uploads: 1 } }, { session })
    this.#compare(await this.#usedBy(ownerId, session))
  }

  #isUnlimited(): boolean {
    return this.#quota.images === 0 && this.#quota.bytes === 0
  }

  async #usedBy(ownerId: string, session?: mongo.ClientSession): Promise<Quota> {
    const sums = { _id: null, images: { $sum: 1 }, bytes: { $sum: '$bytes' } }
    const stages = [{ $match: { ownerId } }, { $group: sums }]
    const [used] = await this.#images.aggregate<Quota>(stages, session ? { session } : {}).toArray()
    return used ?? { images: 0, bytes: 0 }
  }

  #compare(used: Quota): void {
    const { images, bytes } = this.#quota
    if (images > 0 && used.images > images)
      throw new Problem('quota_exceeded', { detail: `an account may have ${images} images` })
    if (bytes > 0 && used.bytes > bytes)
      throw new Problem('quota_exceeded', { detail: `the images of an account may have ${bytes} bytes together` })
  }
}
