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
import { type MarkScan, round } from './round.ts'
import { SlowLane } from './slow-lane.ts'

const JOB = 'fold'
/** When the working process is killed, another one takes over after this time. */
const LEASE_MS = 10_000
const MIN_REST_MS = 500
const REST_AFTER_FAILURE_MS = 5_000
const EXPIRY_CHECK_INTERVAL_MS = 60_000

/** Keeps the roll-ups equal to the log. Any number of processes may run a worker; the holder of the lease works. */
export class RollupWorker {
  readonly #database: Handles
  readonly #parts: WorkerParts
  readonly #lane: SlowLane
  readonly #holder = randomUUID()
  readonly #scan: MarkScan = { after: undefined }
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

  /** Starts the rounds. */
  start(): void {
    this.#running = this.#work()
  }

  /** Stops after the current round. Marks remain for what is left, so another worker goes on from there. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    await this.#lane.idle()
    await giveLease(this.#database.db, JOB, this.#holder).catch(() => undefined)
  }

  /** Runs rounds, and rests a third of the time: under load the rounds get longer, and ingest keeps its share of the CPU. */
  async #work(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const started = performance.now()
      const done = await this.#turn().catch(err => {
        this.#parts.logger.error({ err }, 'a round of the roll-up worker failed')
        return false
      })
      const took = performance.now() - started
      await this.#rest(done ? Math.max(MIN_REST_MS, took / 2) : REST_AFTER_FAILURE_MS)
    }
  }

  /** Runs one round if this worker holds the lease. */
  async #turn(): Promise<boolean> {
    const { client, db } = this.#database
    if (!(await takeLease(db, JOB, this.#holder, LEASE_MS))) return true
    const end = this.#parts.metrics.rounds.startTimer()
    await client.withSession({ causalConsistency: true }, async session => {
      // A majority write comes first: no read after it in the session can be older, even from a new primary.
      const horizons = await readHorizons(db, this.#parts.log, session)
      checkClock(horizons.now)
      await round(this.#parts, this.#scan, this.#lane, session)
      if (performance.now() - this.#checkedExpiryAt < EXPIRY_CHECK_INTERVAL_MS) return
      await this.#expiryGuard.check(horizons)
      this.#checkedExpiryAt = performance.now()
    })
    end()
    return true
  }

  async #rest(time: number): Promise<void> {
    await pause(time, undefined, { signal: this.#stop.signal }).catch(() => undefined)
  }
}
