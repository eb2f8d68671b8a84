import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Registry } from 'prom-client'
import { CURRENT_READ, type Handles } from '../../database/connect.ts'
import { giveLease, takeLease } from '../../database/lease.ts'
import { SCAN_LIMIT } from '../../database/time-limits.ts'
import { checkClock } from '../../events/log/clock-check.ts'
import type { ReadableLog } from '../../events/log/log.ts'
import type { Mark } from '../../events/marks/marks.ts'
import { HOLD_MS } from '../../events/marks/writer-marks.ts'
import { readHorizons } from '../retention-horizons.ts'
import { ExpiryGuard } from './expiry-guard.ts'
import { MarkSchedule } from './mark-schedule.ts'
import type { WorkerParts } from './roll-up-marks.ts'
import { RollupMetrics } from './rollup-metrics.ts'
import { type Durations, type MarkScan, rollUpUpwards, round } from './round.ts'
import { SlowLane } from './slow-lane.ts'

const JOB = 'fold'
/** When the working process is killed, another one takes over after this time. */
const LEASE_MS = 10_000
const MIN_REST_MS = 500
const REST_AFTER_FAILURE_MS = 5_000
/** The number of marks that are caught up with at once; with the marks above them they fit the schedule. */
const MAX_CATCH_UP = 50_000
/** A mark that has been known for this time has settled, with a margin for timers that are early. */
const SETTLING_MS = HOLD_MS + 100
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

  /**
   * Rolls up the buckets that are marked now, oldest first and each once, without rounds: for a command that has stored many events of
   * the past. Other processes may write and work meanwhile. What is not over, fails, is marked meanwhile, or is beyond 50,000 marks,
   * keeps its mark for the rounds of a worker.
   */
  async catchUp(): Promise<void> {
    const { client, db } = this.#database
    const { log, schedule } = this.#parts
    await client.withSession({ causalConsistency: true }, async session => {
      await readHorizons(db, log, session)
      const options = { ...CURRENT_READ, ...SCAN_LIMIT, session, limit: MAX_CATCH_UP }
      // In the order of time: buckets of the same time are read together.
      const marks = await db.collection<Mark>('marks').find({}, options).sort({ start: 1 }).toArray()
      schedule.note(marks)
      await this.#rest(SETTLING_MS)
      schedule.beginRound()
      await rollUpUpwards(marks, this.#parts, this.#lane, session)
    })
  }

  /** Stops after the current round. Marks remain for what is left, so another worker goes on from there. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    await this.#lane.idle()
    await giveLease(this.#database.db, JOB, this.#holder).catch(() => undefined)
  }

  async #work(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const rest = await this.#turn().catch(err => {
        this.#parts.logger.error({ err }, 'a round of the roll-up worker failed')
        return REST_AFTER_FAILURE_MS
      })
      await this.#rest(rest)
    }
  }

  /** Runs one round if this worker holds the lease. @returns how long to rest afterwards, in ms */
  async #turn(): Promise<number> {
    const { client, db } = this.#database
    if (!(await takeLease(db, JOB, this.#holder, LEASE_MS))) return MIN_REST_MS
    const end = this.#parts.metrics.rounds.startTimer()
    return client.withSession({ causalConsistency: true }, async session => {
      // A majority write comes first: no read after it in the session can be older, even from a new primary.
      const horizons = await readHorizons(db, this.#parts.log, session)
      checkClock(horizons.now)
      const durations = await round(this.#parts, this.#scan, this.#lane, session)
      end()
      if (performance.now() - this.#checkedExpiryAt >= EXPIRY_CHECK_INTERVAL_MS) {
        await this.#expiryGuard.check(horizons)
        this.#checkedExpiryAt = performance.now()
      }
      return restAfter(durations)
    })
  }

  async #rest(time: number): Promise<void> {
    await pause(time, undefined, { signal: this.#stop.signal }).catch(() => undefined)
  }
}

/**
 * Returns how long to rest after a round, in ms: a round and its rest take twice as long as the longer of its two parts. Under load the
 * rounds get longer, so that ingest keeps its share of the CPU; the other roll-ups use the rest of the fresh ones, and do not delay them.
 */
function restAfter({ fresh, others }: Durations): number {
  return Math.max(MIN_REST_MS, Math.abs(fresh - others))
}
