import { availableParallelism } from 'node:os'
import pLimit, { type LimitFunction } from 'p-limit'
import sharp, { type Sharp } from 'sharp'
import { Problem } from '../errors.ts'

const MAX_WAITING_TASKS = 64
const TIMEOUT_SECONDS = 30

// Only the loaders of accepted types: others would only add attack surface.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({ operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif'].map(name => `VipsForeignLoad${name}`) })
// Each image is decoded from a temporary file of its own, so the cache of libvips would only use memory.
sharp.cache(false)

/** Decodes images, a bounded number at once: each needs memory for its pixels. */
export class Decoder {
  readonly #maxPixels: number
  readonly #limit: LimitFunction
  readonly #maxWaiting: number

  /**
   * @param maxPixels limit of width times height; sharp rejects larger images
   * @param concurrency number of images that are decoded at once
   * @param maxWaiting number of tasks that may wait for their turn
   */
  constructor(maxPixels: number, concurrency = availableParallelism(), maxWaiting = MAX_WAITING_TASKS) {
    this.#maxPixels = maxPixels
    this.#limit = pLimit(concurrency)
    this.#maxWaiting = maxWaiting
  }

  /** Runs work that decodes an image when its turn comes. @throws Problem `unavailable` when too many wait */
  async schedule<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#limit.pendingCount >= this.#maxWaiting) {
      throw new Problem('unavailable', {
        detail: 'too many images are waiting to be decoded',
        headers: { 'retry-after': '2' },
      })
    }
    return this.#limit(work)
  }

  /** Opens the first page of a file, with its orientation applied. Decoding it fails after 30 s. */
  open(path: string): Sharp {
    return sharp(path, { limitInputPixels: this.#maxPixels, pages: 1, failOn: 'error', sequentialRead: true })
      .autoOrient()
      .timeout({ seconds: TIMEOUT_SECONDS })
  }
}
