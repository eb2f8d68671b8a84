import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { giveLease, takeLease } from '../../database/lease.ts'
import { runErasureStep, type StepParts } from './erasure-step.ts'
import { ConcurrentErasure } from './receipts.ts'

const JOB = 'erasure'
/** So long, in ms, erasures rest when the process at work is killed. */
const LEASE = 10_000
const EVERY = 1_000
const AT_ONCE = 4

/** Works on receipts when they are due. Any number of processes may run one; a lease keeps one at work, and nothing depends on it. */
export class ErasureWorker {
  readonly #parts: StepParts
  readonly #logger: FastifyBaseLogger
  readonly #holder = randomUUID()
  readonly #stop = new AbortController()
  readonly #underWay = new Map<string, Promise<void>>()
  #wake: () => void = () => undefined
  #running: Promise<void> = Promise.resolve()

  constructor(parts: StepParts, logger: FastifyBaseLogger) {
    this.#parts = parts
    this.#logger = logger
  }

  start(): void {
    this.#running = this.#work()
  }

  /** Looks at once: there is a new receipt. */
  wake(): void {
    this.#wake()
  }

  /** Ends after the pieces at hand; the receipts know what is left. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#wake()
    await this.#running
    await Promise.all(this.#underWay.values())
    await giveLease(this.#parts.database.db, JOB, this.#holder).catch(() => undefined)
  }

  async #work(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      const woken = new Promise<void>(resolve => (this.#wake = resolve))
      await this.#look().catch(err => this.#logger.error({ err }, 'erasures are not looked at'))
      await Promise.race([pause(EVERY, undefined, { ref: false }), woken])
    }
  }

  /** Starts on what is due, some at once: a long log must not keep others waiting. */
  async #look(): Promise<void> {
    const { database, receipts } = this.#parts
    const due = await receipts.due(2 * AT_ONCE)
    if (due.length === 0 || !(await takeLease(database.db, JOB, this.#holder, LEASE))) return
    for (const id of due) {
      if (this.#underWay.has(id) || this.#underWay.size >= AT_ONCE) continue
      this.#underWay.set(
        id,
        this.#take(id).finally(() => this.#underWay.delete(id)),
      )
    }
  }

  /** What fails goes to the end of the queue. */
  async #take(id: string): Promise<void> {
    const { signal } = this.#stop
    try {
      await runErasureStep(id, this.#parts, signal)
    } catch (err) {
      if (err instanceof ConcurrentErasure || signal.aborted) return
      this.#logger.error({ err }, 'an erasure failed, it is tried again')
      await this.#parts.receipts.postpone(id).catch(() => undefined)
    }
  }
}
