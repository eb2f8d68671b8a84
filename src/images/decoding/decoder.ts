import { availableParallelism } from 'node:os'
import sharp, { type Sharp } from 'sharp'
import { Problem } from '../../errors.ts'
import { FairQueue, QueueFullError, type Turn } from '../../lib/fair-queue.ts'

/** Numbers of tasks that may wait, uploads and renditions apart. */
const MAX_WAITING = { ofOne: 32, ofAll: 256 }
const TIMEOUT_SECONDS = 30
/** The messages of libvips for too little time or memory. */
const RESOURCES_EXHAUSTED = /^timeout:|^out of memory --/m

// Only the loaders of accepted types: others would only add attack surface.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({ operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif'].map(name => `VipsForeignLoad${name}`) })
// Each image is decoded from a temporary file of its own, so the cache of libvips would only use memory.
sharp.cache(false)

/** For whom an image is decoded. Uploads go before renditions, which get every fourth turn. */
type DecoderTurn = Turn<'uploads' | 'renditions'>
/** Who has an image decoded: clients take turns. One that leaves aborts the signal. */
export type DecoderClient = Omit<DecoderTurn, 'lane'>

/** Decodes images, a bounded number at once: each needs memory for its pixels. */
export class Decoder {
  readonly #maxPixels: number
  readonly #queue: FairQueue<DecoderTurn['lane']>

  /**
   * @param maxPixels limit of width times height; sharp rejects larger images
   * @param concurrency number of images that are decoded at once
   * @param maxWaiting numbers of tasks of a client, and of all, that may wait for their turn
   */
  constructor(maxPixels: number, concurrency = availableParallelism(), maxWaiting = MAX_WAITING) {
    this.#maxPixels = maxPixels
    this.#queue = new FairQueue(['uploads', 'renditions'], concurrency, maxWaiting)
  }

  /**
   * Runs work that decodes an image when its turn comes.
   * @throws Problem `unavailable` when too many tasks wait; the reason of the signal when the client leaves before its turn
   */
  async schedule<Result>(work: () => Promise<Result>, turn: DecoderTurn): Promise<Result> {
    try {
      return await this.#queue.run(work, turn)
    } catch (error) {
      if (!(error instanceof QueueFullError)) throw error
      const detail = 'too many images are waiting to be decoded'
      throw new Problem('unavailable', { detail, headers: { 'retry-after': '2' } })
    }
  }

  /** Opens the first page of a file, with its orientation applied. Decoding it fails after 30 s. */
  open(path: string): Sharp {
    return openPages(path, 1, this.#maxPixels).autoOrient()
  }

  /** Opens all frames of an animation. Decoding them fails after 30 s. @param maxPixels limit of the pixels of all frames together */
  openAnimation(path: string, maxPixels: number): Sharp {
    return openPages(path, -1, maxPixels)
  }
}

function openPages(path: string, pages: number, limitInputPixels: number): Sharp {
  const options = { pages, limitInputPixels, failOn: 'error', sequentialRead: true } as const
  return sharp(path, options).timeout({ seconds: TIMEOUT_SECONDS })
}

/** Converts an error of a decoding that took too much time or memory to the problem `unavailable`; returns others unchanged. */
export function decodingError(error: unknown): unknown {
  if (!(error instanceof Error) || !RESOURCES_EXHAUSTED.test(error.message)) return error
  const detail = 'decoding the image took too much time or memory'
  return new Problem('unavailable', { detail, headers: { 'retry-after': '30' }, cause: error })
}
