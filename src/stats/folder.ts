import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { Counter, Histogram, type Registry } from 'prom-client'
import type { Database } from '../database/connect.ts'
import { readFloors } from './floors.ts'
import type { FoldParts } from './fold-buckets.ts'
import { giveLease, takeLease } from './lease.ts'
import { Memory } from './memory.ts'
import { type Ring, round } from './round.ts'

const JOB = 'fold'
/** So long, in ms, the numbers stand still when the process at work is killed. */
const LEASE = 10_000
const SHORTEST_REST = 500
const AFTER_A_FAILURE = 5_000
const MOST_SKEW = 10 * 60_000

/** Keeps the rollups equal to the log. Any number of processes may run one; a lease keeps one at work. */
export class Folder {
  readonly #database: Database
  readonly #parts: FoldParts
  readonly #logger: FastifyBaseLogger
  readonly #holder = randomUUID()
  readonly #memory = new Memory()
  readonly #ring: Ring = { after: undefined }
  readonly #stop = new AbortController()
  readonly #metrics: { rounds: Histogram; failures: Counter }
  #running: Promise<void> = Promise.resolve()

  constructor(database: Database, parts: FoldParts, logger: FastifyBaseLogger, registry: Registry) {
    this.#database = database
    this.#parts = parts
    this.#logger = logger
    this.#metrics = {
      rounds: new Histogram({
        name: 'glance_fold_round_seconds',
        help: 'Time a round of the folder took',
        buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30],
        registers: [registry],
      }),
      failures: new Counter({
        name: 'glance_fold_failures_total',
        help: 'Buckets that could not be summed and were put back',
        registers: [registry],
      }),
    }
  }

  start(): void {
    this.#running = this.#work()
  }

  /** Ends after the round at hand. What it leaves is marked, and the next folder goes on. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    await giveLease(this.#database.db, JOB, this.#holder).catch(() => undefined)
  }

  /** Rests at least as long as a round took: a busy folder gets slower and its rounds larger, it never starves ingest. */
  async #work(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const started = performance.now()
      const done = await this.#turn().catch(err => {
        this.#logger.error({ err }, 'a round of the folder failed')
        return false
      })
      const took = performance.now() - started
      await this.#rest(done ? Math.max(SHORTEST_REST, took) : AFTER_A_FAILURE)
    }
  }

  async #turn(): Promise<boolean> {
    const { client, db } = this.#database
    if (!(await takeLease(db, JOB, this.#holder, LEASE))) return true
    const session = client.startSession({ causalConsistency: true })
    const end = this.#metrics.rounds.startTimer()
    try {
      // The first act of the round is a majority write: a new primary can not show an old world after it.
      const { now } = await readFloors(db, this.#parts.retention, session)
      checkClock(now)
      const onFailure = () => this.#metrics.failures.inc()
      await round({ ...this.#parts, memory: this.#memory, logger: this.#logger, onFailure }, this.#ring, session)
    } finally {
      end()
      await session.endSession()
    }
    return true
  }

  async #rest(time: number): Promise<void> {
    await pause(time, undefined, { signal: this.#stop.signal }).catch(() => undefined)
  }
}

/** @throws when this process's clock is too far off to judge what has expired */
function checkClock(databaseNow: Date): void {
  const skew = Date.now() - databaseNow.getTime()
  if (Math.abs(skew) > MOST_SKEW) throw new Error(`this clock is ${Math.round(skew / 1000)} s off the database's`)
}
