/** How long an answer is kept, in ms, or so many times what it took. */
const SHORTEST = 10_000
const TIMES_ITS_COST = 10
const MOST = 200

interface Entry<Answer> {
  answer: Promise<Answer>
  /** By the monotonic clock. */
  until: number
}

/**
 * Answers that are dear: each is worked out once for all who ask meanwhile, one after the other, so that many questions do not
 * hold up what else the database does, and kept for a while.
 */
export class AnswerCache<Answer> {
  readonly #most: number
  readonly #entries = new Map<string, Entry<Answer>>()
  #before: Promise<unknown> = Promise.resolve()

  constructor(most = MOST) {
    this.#most = most
  }

  /** The answer under a key, worked out where none is at hand. A failure is told to all who wait, and not kept. */
  get(key: string, work: () => Promise<Answer>): Promise<Answer> {
    const existing = this.#entries.get(key)
    if (existing && existing.until > performance.now()) return existing.answer
    const entry: Entry<Answer> = { answer: this.#inTurn(() => this.#timed(key, work)), until: Number.POSITIVE_INFINITY }
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#most) break
      this.#entries.delete(oldest)
    }
    return entry.answer
  }

  #inTurn(work: () => Promise<Answer>): Promise<Answer> {
    const answer = this.#before.then(work)
    this.#before = answer.catch(() => undefined)
    return answer
  }

  async #timed(key: string, work: () => Promise<Answer>): Promise<Answer> {
    const started = performance.now()
    try {
      const answer = await work()
      const now = performance.now()
      const entry = this.#entries.get(key)
      if (entry) entry.until = now + Math.max(SHORTEST, TIMES_ITS_COST * (now - started))
      return answer
    } catch (error) {
      this.#entries.delete(key)
      throw error
    }
  }
}
