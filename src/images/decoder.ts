import { availableParallelism } from 'node:os'
import pLimit, { type LimitFunction } from 'p-limit'
import sharp, { type Sharp } from 'sharp'
import { Problem } from '../errors.ts'

const MAX_WAITING = 64
const TIMEOUT_SECONDS = 30

sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({ operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif'].map(name => `VipsForeignLoad${name}`) })
// Each file is decoded once: a cache would only use memory.
sharp.cache(false)

/** Decodes images, a bounded number at once: each needs memory for its pixels. */
export class Decoder {
  readonly #maxPixels: number
  readonly #limit: LimitFunction
  readonly #maxWaiting: number

  constructor(maxPixels: number, concurrency = availableParallelism(), maxWaiting = MAX_WAITING) {
    this.#maxPixels = maxPixels
    this.#limit = pLimit(concurrency)
    this.#maxWaiting = maxWaiting
  }

  /** Runs work that decodes an image when its turn comes. @throws Problem `unavailable` when too many wait */
  async schedule<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#limit.pendingCount >= this.#maxWaiting) {
      throw new Problem('unavailable', {
        detail: 'too many images are being decoded at once',
        headers: { 'retry-after': '2' },
      })
    }
    return this.#limit(work)
  }

  /** Opens the first page of a file, with its orientation applied. */
  open(path: string): Sharp {
    return sharp(path, { limitInputPixels: this.#maxPixels, pages: 1, failOn: 'error', sequentialRead: true })
      .autoOrient()
      .timeout({ seconds: TIMEOUT_SECONDS })
  }
}
