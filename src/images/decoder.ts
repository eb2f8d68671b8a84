import { availableParallelism } from 'node:os'
import pLimit, { type LimitFunction } from 'p-limit'
import sharp, { type Sharp } from 'sharp'
import { Problem } from '../errors.ts'

const MOST_WAITING = 64
const LONGEST_SECONDS = 30

sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({ operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif'].map(name => `VipsForeignLoad${name}`) })
// Every file is another one: what libvips would remember of it is only memory.
sharp.cache(false)

/** Decodes images, a few at a time: each may take as much memory as its pixels do. */
export class Decoder {
  readonly #maxPixels: number
  readonly #limit: LimitFunction
  readonly #mostWaiting: number

  constructor(maxPixels: number, atOnce = availableParallelism(), mostWaiting = MOST_WAITING) {
    this.#maxPixels = maxPixels
    this.#limit = pLimit(atOnce)
    this.#mostWaiting = mostWaiting
  }

  /** Does what needs decoding in its turn. @throws Problem `unavailable` when too many wait */
  async inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#limit.pendingCount >= this.#mostWaiting) {
      throw new Problem('unavailable', { detail: 'too many images at once', headers: { 'retry-after': '2' } })
    }
    return this.#limit(work)
  }

  /** The first page of a file, as it is looked at. */
  open(path: string): Sharp {
    return sharp(path, { limitInputPixels: this.#maxPixels, pages: 1, failOn: 'error', sequentialRead: true })
      .autoOrient()
      .timeout({ seconds: LONGEST_SECONDS })
  }
}
