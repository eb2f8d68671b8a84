import type { FastifyBaseLogger } from 'fastify'

/** An outage has ended when no request has failed for this time. */
const QUIET_MS = 30_000

/** Logs an outage of the database once when it begins, and once with the number of failed requests when it has ended. */
export class OutageLog {
  readonly #logger: FastifyBaseLogger
  #failed = 0
  #timer: NodeJS.Timeout | undefined

  constructor(logger: FastifyBaseLogger) {
    this.#logger = logger
  }

  /** Records a request that failed because the database was not available. */
  failed(error: Error): void {
    if (this.#failed++ === 0) {
      this.#logger.warn({ error: error.message }, 'the database is not available: requests are answered with 503')
    }
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.end(), QUIET_MS).unref()
  }

  /** Ends the outage, if there is one. */
  end(): void {
    clearTimeout(this.#timer)
    if (this.#failed > 0) this.#logger.warn({ failed: this.#failed }, 'requests have failed without a database')
    this.#failed = 0
  }
}
