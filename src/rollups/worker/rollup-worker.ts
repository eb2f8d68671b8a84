import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Registry } from 'prom-client'
import type { Handles } from '../../database/connect.ts'
import { giveLease, takeLease } from '../../database/lease.ts'
import { checkClock } from '../../events/log/clock-check.ts'
import type { ReadableLog } from '../../events/log/log.ts'
import { readHorizons } from '../retention-horizons.ts'
import { ExpiryGuard } from './expiry-guard.ts'
import { MarkSchedule } from './mark-schedule.ts'
import type { WorkerParts } from './roll-up-marks.ts'
import { RollupMetrics } from './rollup-metrics.ts'
import { type Ring, round } from './round.ts'
import { SlowLane } from './slow-lane.ts'

const JOB = 'fold'
/** So long, in ms, the numbers stand still when the process at work is killed. */
const LEASE = 10_000
const SHORTEST_REST = 500
const AFTER_A_FAILURE = 5_000
const LOOK_FOR_UNFOLDED = 60_000

/** Keeps the rollups equal to the log. Any number of processes may run one; a lease keeps one at work. */
export class RollupWorker {
  readonly #database: Handles
  readonly #parts: WorkerParts
  readonly #lane: SlowLane
  readonly #holder = randomUUID()
  readonly #ring: Ring = { after: undefined }
  readonly #stop = new AbortController()
  readonly #expiryGuard: ExpiryGuard
  #checkedExpiryAt = Number.NEGATIVE_INFINITY
  #running: Promise<void> = Promise.resolve()

  constructor(database: Handles, log: ReadableLog, logger: FastifyBaseLogger, registry: Registry) {
    const { db } = database
    this.#database = database
    this.#parts = { db, log, logger, schedule: new MarkSchedule(), metrics: new RollupMetrics(db, registry) }
    this.#expiryGuard = new ExpiryGuard(db, log, logger)
    this.#lane = new SlowLane(database, this.#parts)
  }

  start(): void {
    this.#running = this.#work()
  }

  /** Ends after the round at hand. What it leaves is marked, and the next folder goes on. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    await this.#lane.idle()
    await giveLease(this.#database.db, JOB, this.#holder).catch(() => undefined)
  }

  /** Rests for a third of the time: a busy folder gets slower and its rounds larger, it never starves ingest. */
  async #work(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const started = performance.now()
      const done = await this.#turn().catch(err => {
        this.#parts.logger.error({ err }, 'a round of the folder failed')
        return false
      })
      const took = performance.now() - started
      await this.#rest(done ? Math.max(SHORTEST_REST, took / 2) : AFTER_A_FAILURE)
    }
  }

  async #turn(): Promise<boolean> {
    const { client, db } = this.#database
    if (!(await takeLease(db, JOB, this.#holder, LEASE))) return true
    const end = this.#parts.metrics.rounds.startTimer()
    await client.withSession({ causalConsistency: true }, async session => {
      // The first act of the round is a majority write: a new primary can not show an old world after it.
      const horizons = await readHorizons(db, this.#parts.log, session)
      checkClock(horizons.now)
      await round(this.#parts, this.#ring, this.#lane, session)
      if (performance.now() - this.#checkedExpiryAt < LOOK_FOR_UNFOLDED) return
      await this.#expiryGuard.look(horizons)
      this.#checkedExpiryAt = performance.now()
    })
    end()
    return true
  }

  async #rest(time: number): Promise<void> {
    await pause(time, undefined, { signal: this.#stop.signal }).catch(() => undefined)
  }
}
