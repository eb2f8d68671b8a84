import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'

const EVERY = 60_000

/** Something that can be swept: it says of how much it made an end. */
interface Sweepable {
  sweep(): Promise<number>
}

/** Sweeps at the start and every minute; in several processes at once it is harmless. */
export class Sweeper {
  readonly #logger: FastifyBaseLogger
  readonly #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(logger: FastifyBaseLogger) {
    this.#logger = logger
  }

  start(corners: Record<string, Sweepable>): void {
    this.#running = this.#work(corners)
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #work(corners: Record<string, Sweepable>): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      for (const [name, corner] of Object.entries(corners)) await this.#sweep(name, corner)
      await pause(EVERY, undefined, { signal }).catch(() => undefined)
    }
  }

  async #sweep(what: string, corner: Sweepable): Promise<void> {
    try {
      const swept = await corner.sweep()
      if (swept > 0) this.#logger.info({ what, swept }, 'swept')
    } catch (err) {
      this.#logger.error({ what, err }, 'a sweep failed')
    }
  }
}
