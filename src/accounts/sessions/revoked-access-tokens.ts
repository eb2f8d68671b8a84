import type { FastifyBaseLogger } from 'fastify'
import type { Model } from 'mongoose'
import { ACCESS_TOKEN_SECONDS, type AccessClaims } from './access-token.ts'
import { ENDED, type Session } from './session.ts'

/** Interval of reading the list: the longest time for which a token stays valid after another process has revoked it. */
const POLL_INTERVAL_MS = 5_000
/** The lifetime of an access token and a minute for differing clocks: afterwards all tokens of an ended session have expired. */
export const TOKENS_EXPIRED_MS = ACCESS_TOKEN_SECONDS * 1000 + 60_000
/** A list that was read longer ago says too little to change anything by it. */
const MAX_AGE_MS = 30_000
const MAX_SESSIONS = 100_000

/**
 * List of the revoked access tokens that have not expired: those of ended sessions, and those issued before a change of roles. It
 * is kept in memory, so that no request has to query the database.
 */
export class RevokedAccessTokens {
  readonly #sessions: Model<Session>
  /** The last revoked generation, by session. */
  #revoked = new Map<string, number>()
  #reads = 0
  /** Number of the read that `#revoked` comes from. */
  #shownRead = 0
  #timer: NodeJS.Timeout | undefined
  /** When the read began that `#revoked` comes from. */
  #readAt = Number.NEGATIVE_INFINITY

  constructor(sessions: Model<Session>) {
    this.#sessions = sessions
  }

  /** Starts polling for sessions that other processes have ended. */
  start(logger: FastifyBaseLogger): void {
    this.#timer = setInterval(() => {
      this.read().catch(err => logger.warn({ error: err.message }, 'reading the revoked access tokens failed'))
    }, POLL_INTERVAL_MS).unref()
  }

  /** Stops polling. */
  stop(): void {
    clearInterval(this.#timer)
  }

  /** Whether an access token is revoked. */
  has({ sessionId, generation }: AccessClaims): boolean {
    return generation <= (this.#revoked.get(sessionId) ?? ENDED)
  }

  /** Whether the list could not be read for 30 s: sessions may have ended that still look valid. */
  get isOutdated(): boolean {
    return performance.now() - this.#readAt > MAX_AGE_MS
  }

  /** Reads the list from the database. Call it after each revocation, before the answer. */
  async read(): Promise<void> {
    const read = ++this.#reads
    const readAt = performance.now()
    const found = await this.#sessions
      .find({ staleAt: { $gt: new Date(Date.now() - TOKENS_EXPIRED_MS) } }, { generation: 1, staleGeneration: 1 })
      .sort({ staleAt: -1 })
      .limit(MAX_SESSIONS)
      .lean()
    // A reply that arrives after that of a later read is out of date.
    if (read < this.#shownRead) return
    this.#shownRead = read
    this.#readAt = readAt
    this.#revoked = new Map(
      found.map(({ _id, generation, staleGeneration = ENDED }) => [
        _id,
        generation === ENDED ? Number.POSITIVE_INFINITY : staleGeneration,
      ]),
    )
  }
}
