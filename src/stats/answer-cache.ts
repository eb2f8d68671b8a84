import { LRUCache } from 'lru-cache'
import pLimit from 'p-limit'

const MIN_TTL_MS = 10_000
/** An answer is cached for so many times as long as its computation took, if that is longer. */
const COST_FACTOR = 10
const MAX_ENTRIES = 200

/**
 * Cache of expensive answers. Concurrent requests for a key share one computation, and computations run one at a time, so that they
 * do not block the other queries of the database.
 */
export class AnswerCache<Answer> {
  readonly #entries: LRUCache<string, Promise<Answer>>
  readonly #queue = pLimit(1)
  readonly #minTtl: number

  /** @param minTtl the shortest time that an answer is cached, in ms */
  constructor({ max = MAX_ENTRIES, minTtl = MIN_TTL_MS } = {}) {
    this.#entries = new LRUCache({ max })
    this.#minTtl = minTtl
  }

  /** Returns the cached answer, or computes it. An error rejects for all who wait, and is not cached. */
  get(key: string, compute: () => Promise<Answer>): Promise<Answer> {
    const cached = this.#entries.get(key)
    if (cached) return cached
    const answer = this.#queue(() => this.#timed(key, compute))
    this.#entries.set(key, answer)
    return answer
  }

  /** Sets the TTL of the entry when its answer is known; the entry of a failed computation is removed. */
  async #timed(key: string, compute: () => Promise<Answer>): Promise<Answer> {
    const started = performance.now()
    try {
      const answer = await compute()
      const ttl = Math.max(this.#minTtl, Math.ceil(COST_FACTOR * (performance.now() - started)))
      this.#entries.set(key, Promise.resolve(answer), { ttl })
      return answer
    } catch (error) {
      this.#entries.delete(key)
      throw error
    }
  }
}
