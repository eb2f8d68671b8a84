import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'

const INTERVAL_MS = 60_000

/** Something with leftovers of interrupted work; `sweep` finishes or removes them and returns their number. */
interface Sweepable {
  sweep(): Promise<number>
}

/** Calls `sweep` at the start and every minute. Several processes may sweep at once. */
export class Sweeper {
  readonly #logger: FastifyBaseLogger
  readonly #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(logger: FastifyBaseLogger) {
    this.#logger = logger
  }

  /** Starts sweeping; the names of the sweepables appear in the log. */
  start(sweepables: Record<string, Sweepable>): void {
    this.#running = this.#work(sweepables)
  }

  /** Stops after the current sweep. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #work(sweepables: Record<string, Sweepable>): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      for (const [name, sweepable] of Object.entries(sweepables)) await this.#sweep(name, sweepable)
      await pause(INTERVAL_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  async #sweep(what: string, sweepable: Sweepable): Promise<void> {
    try {
      const swept = await sweepable.sweep()
      if (swept > 0) this.#logger.info({ what, swept }, 'swept')
    } catch (err) {
      this.#logger.error({ what, err }, 'a sweep failed')
    }
  }
}
