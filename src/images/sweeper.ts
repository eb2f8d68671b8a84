import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Blobs } from './blobs.ts'
import type { Intents } from './intents.ts'

const EVERY = 5 * 60_000

/** Sweeps abandoned uploads at the start and every few minutes; in several processes at once it is harmless. */
export class Sweeper {
  readonly #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()

  start(intents: Intents, blobs: Blobs, logger: FastifyBaseLogger): void {
    this.#running = this.#work(async () => {
      const swept = await intents.sweep(blobs)
      if (swept > 0) logger.info({ swept }, 'removed what abandoned uploads left')
    }, logger)
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #work(sweep: () => Promise<void>, logger: FastifyBaseLogger): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await sweep().catch(err => logger.error({ err }, 'a sweep failed'))
      await pause(EVERY, undefined, { signal: this.#stop.signal }).catch(() => undefined)
    }
  }
}
