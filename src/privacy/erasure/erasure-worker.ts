import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { giveLease, takeLease } from '../../database/lease.ts'
import { runErasureStep, type StepParts } from './erasure-step.ts'
import { ConcurrentErasure } from './receipts.ts'

const JOB = 'erasure'
/** When the working process is killed, another one takes over after this time. */
const LEASE_MS = 10_000
const POLL_INTERVAL_MS = 1_000
const CONCURRENCY = 4

/** Runs the due steps of erasures. Any number of processes may run a worker; the lease saves work, correctness does not need it. */
export class ErasureWorker {
  readonly #parts: StepParts
  readonly #logger: FastifyBaseLogger
  readonly #holder = randomUUID()
  readonly #stop = new AbortController()
  readonly #running = new Map<string, Promise<void>>()
  #wake: () => void = () => undefined
  #polling: Promise<void> = Promise.resolve()

  constructor(parts: StepParts, logger: FastifyBaseLogger) {
    this.#parts = parts
    this.#logger = logger
  }

  /** Starts polling for due receipts. */
  start(): void {
    this.#polling = this.#poll()
  }

  /** Polls at once, for a new receipt. */
  wake(): void {
    this.#wake()
  }

  /** Stops after the current pieces; the receipts contain what is left. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#wake()
    await this.#polling
    await Promise.all(this.#running.values())
    await giveLease(this.#parts.database.db, JOB, this.#holder).catch(() => undefined)
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      const woken = new Promise<void>(resolve => (this.#wake = resolve))
      await this.#startDue().catch(err => this.#logger.error({ err }, 'reading the due erasures failed'))
      await Promise.race([pause(POLL_INTERVAL_MS, undefined, { ref: false }), woken])
    }
  }

  /** Starts the due steps, several at once, so that a person with many events does not delay the others. */
  async #startDue(): Promise<void> {
    const { database, receipts } = this.#parts
    const due = await receipts.due(2 * CONCURRENCY)
    if (due.length === 0 || !(await takeLease(database.db, JOB, this.#holder, LEASE_MS))) return
    for (const id of due) {
      if (this.#running.has(id) || this.#running.size >= CONCURRENCY) continue
      this.#running.set(
        id,
        this.#runStep(id).finally(() => this.#running.delete(id)),
      )
    }
  }

  /** Runs a step; when it fails, it goes to the end of the queue. */
  async #runStep(id: string): Promise<void> {
    const { signal } = this.#stop
    try {
      await runErasureStep(id, this.#parts, signal)
    } catch (err) {
      if (err instanceof ConcurrentErasure || signal.aborted) return
      this.#logger.error({ err }, 'a step of an erasure failed; it will be retried')
      await this.#parts.receipts.postpone(id).catch(() => undefined)
    }
  }
}
