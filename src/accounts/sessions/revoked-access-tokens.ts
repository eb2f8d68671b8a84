import type { FastifyBaseLogger } from 'fastify'
import type { Model } from 'mongoose'
import { ACCESS_TOKEN_SECONDS, type Bearer } from './access-token.ts'
import { ENDED, type Session } from './session.ts'

/** How often other processes' news is fetched, in ms: this long an access token may outlive its session. */
const EVERY = 5_000
/** When no access token of a session can still be alive, in ms. */
export const TOKENS_EXPIRED_MS = ACCESS_TOKEN_SECONDS * 1000 + 60_000
const MOST = 100_000

/**
 * The access tokens that must not be believed although they have not run out: those of sessions that are over, and those made
 * before their account's roles changed. Held in memory, so that no request asks the database for it.
 */
export class RevokedAccessTokens {
  readonly #sessions: Model<Session>
  /** By session: tokens up to this generation are void. */
  #stale = new Map<string, number>()
  #asked = 0
  /** Which of the reads `#stale` is from. */
  #shown = 0
  #timer: NodeJS.Timeout | undefined

  constructor(sessions: Model<Session>) {
    this.#sessions = sessions
  }

  start(logger: FastifyBaseLogger): void {
    this.#timer = setInterval(() => {
      this.read().catch(err => logger.error({ err }, 'ended sessions are not known, access tokens may outlive them'))
    }, EVERY).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  has({ sessionId, generation }: Bearer): boolean {
    return generation <= (this.#stale.get(sessionId) ?? ENDED)
  }

  /** Fetches the list anew; whoever changed it calls this before saying so. */
  async read(): Promise<void> {
    const turn = ++this.#asked
    const found = await this.#sessions
      .find({ staleAt: { $gt: new Date(Date.now() - TOKENS_EXPIRED_MS) } }, { generation: 1, staleGeneration: 1 })
      .sort({ staleAt: -1 })
      .limit(MOST)
      .lean()
    // An answer that was overtaken by one that was asked for later does not know of what ended in between.
    if (turn < this.#shown) return
    this.#shown = turn
    this.#stale = new Map(
      found.map(({ _id, generation, staleGeneration = ENDED }) => [
        _id,
        generation === ENDED ? Number.POSITIVE_INFINITY : staleGeneration,
      ]),
    )
  }
}
