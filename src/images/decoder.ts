import { availableParallelism } from 'node:os'
import sharp, { type Sharp } from 'sharp'
import { Problem } from '../errors.ts'
import { FairQueue, type Waiting } from '../lib/fair-queue.ts'

/** Numbers of tasks that may wait, uploads and renditions apart: of a caller, and in all. */
const MAX_WAITING_OF_CALLER = 32
const MAX_WAITING = 256
const TIMEOUT_SECONDS = 30
/** The messages of libvips for too little time or memory. */
const RESOURCES_EXHAUSTED = /^timeout:|^out of memory --/m

// Only the loaders of accepted types: others would only add attack surface.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({ operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif'].map(name => `VipsForeignLoad${name}`) })
// Each image is decoded from a temporary file of its own, so the cache of libvips would only use memory.
sharp.cache(false)

/** Decodes images, a bounded number at once: each needs memory for its pixels. */
export class Decoder {
  readonly #maxPixels: number
  readonly #queue: FairQueue

  /**
   * @param maxPixels limit of width times height; sharp rejects larger images
   * @param concurrency number of images that are decoded at once
   * @param perCaller number of tasks of a caller that may wait for their turn
   */
  constructor(maxPixels: number, concurrency = availableParallelism(), perCaller = MAX_WAITING_OF_CALLER) {
    this.#maxPixels = maxPixels
    this.#queue = new FairQueue({ concurrency, perCaller, total: MAX_WAITING })
  }

  /**
   * Runs work that decodes an image when its turn comes: callers take turns, and uploads go before renditions.
   * @throws Problem `unavailable` when too many tasks wait, of this caller or in all; the reason of the signal when the client leaves
   */
  async schedule<Result>(work: () => Promise<Result>, waiting: Waiting): Promise<Result> {
    const result = this.#queue.run(work, waiting)
    if (result) return result
    throw new Problem('unavailable', {
      detail: 'too many images are waiting to be decoded',
      headers: { 'retry-after': '2' },
    })
  }

  /** Opens the first page of a file, with its orientation applied. Decoding it fails after 30 s. */
  open(path: string): Sharp {
    return sharp(path, { limitInputPixels: this.#maxPixels, pages: 1, failOn: 'error', sequentialRead: true })
      .autoOrient()
      .timeout({ seconds: TIMEOUT_SECONDS })
  }
}

/** Converts an error of a decoding that took too much time or memory to the problem `unavailable`; returns others unchanged. */
export function decodingError(error: unknown): unknown {
  if (!(error instanceof Error) || !RESOURCES_EXHAUSTED.test(error.message)) return error
  const detail = 'decoding the image took too much time or memory'
  return new Problem('unavailable', { detail, headers: { 'retry-after': '30' }, cause: error })
}
