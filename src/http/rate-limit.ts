import rateLimit from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import { Problem } from '../errors.ts'
import type { App } from './server.ts'

const WINDOW_MS = 60_000
/** Callers that are counted at once; the one that was seen least recently is forgotten. */
const MAX_CALLERS = 20_000

/** Prepares an app for rate limits. */
export async function enableRateLimits(app: App): Promise<void> {
  await app.register(rateLimit, { global: false })
}

interface Limit {
  /** Requests per minute. */
  max: number
  /** Returns whom a request counts for. */
  callerOf(request: FastifyRequest): string
  /** What there was too much of. */
  detail?: string
}

/** A limit per minute and process for each caller. `enableRateLimits` must have been called. */
export class RateLimit {
  readonly #window: ReturnType<App['createRateLimit']>
  readonly #detail: string | undefined

  constructor(app: App, { max, callerOf, detail }: Limit) {
    const options = { max, timeWindow: WINDOW_MS, cache: MAX_CALLERS, keyGenerator: callerOf }
    this.#window = app.createRateLimit(options)
    this.#detail = detail
  }

  /**
   * Counts a request.
   * @returns the headers that tell the caller what is left
   * @throws Problem `rate_limited` when there were too many
   */
  count(request: FastifyRequest): Promise<Record<string, string>> {
    return this.#read(request, true)
  }

  /** Checks, without counting the request, that there were not too many. @throws Problem `rate_limited` */
  async check(request: FastifyRequest): Promise<void> {
    await this.#read(request, false)
  }

  async #read(request: FastifyRequest, increment: boolean): Promise<Record<string, string>> {
    const window = await this.#window(request, { increment })
    if (window.isAllowed) return {}
    const seconds = String(Math.max(1, window.ttlInSeconds))
    const headers = {
      'x-ratelimit-limit': String(window.max),
      'x-ratelimit-remaining': String(window.remaining),
      'x-ratelimit-reset': seconds,
    }
    const isExceeded = increment ? window.isExceeded : window.remaining === 0
    if (!isExceeded) return headers
    throw new Problem('rate_limited', {
      ...(this.#detail === undefined ? {} : { detail: this.#detail }),
      headers: { ...headers, 'retry-after': seconds },
    })
  }
}
