import { Cron } from 'croner'
import type { FastifyBaseLogger } from 'fastify'
import type { mongo } from 'mongoose'
import { Counter, Gauge, type Registry } from 'prom-client'
import { CURRENT_READ } from '../database/connect.ts'
import { sendUpserts } from '../database/writes.ts'
import { startOf } from '../events/marks/buckets.ts'
import type { ArchiveJobs } from './archive-jobs.ts'
import { ArchiveBusy } from './archive-lease.ts'

/** Some time after midnight in UTC, when the last minutes of the day have been rolled up. */
const NIGHTLY = '45 0 * * *'
/** How long after midnight a run counts as that of the night; a little earlier than the schedule, whose timers may be early. */
const NIGHT_MS = 40 * 60_000
/** A night in which another process was busy, or S3 was not reached, is made up after this time. */
const RETRY_MS = 10 * 60_000

interface LastRun {
  _id: 'lastArchive'
  at: Date
}

/** Archives each night, in one process of all. A night that was missed is made up at the start. */
export class NightlyArchive {
  readonly #db: mongo.Db
  readonly #jobs: Pick<ArchiveJobs, 'archive' | 'store'>
  readonly #logger: FastifyBaseLogger
  readonly #failures: Counter
  readonly #succeeded: Gauge
  #cron: Cron | undefined
  #retry: NodeJS.Timeout | undefined
  #isStopped = false
  #running: Promise<void> = Promise.resolve()

  constructor(
    db: mongo.Db,
    jobs: Pick<ArchiveJobs, 'archive' | 'store'>,
    logger: FastifyBaseLogger,
    registry: Registry,
  ) {
    this.#db = db
    this.#jobs = jobs
    this.#logger = logger
    const registers = [registry]
    this.#failures = new Counter({
      name: 'glance_archive_failures_total',
      help: 'Runs of the archive that failed',
      registers,
    })
    this.#succeeded = new Gauge({
      name: 'glance_archive_last_success_seconds',
      help: 'Unix time of the last run of the archive that succeeded in this process',
      registers,
    })
  }

  /** Schedules the nightly runs. */
  start(): void {
    this.#cron = new Cron(NIGHTLY, { timezone: 'UTC', unref: true }, () => this.#begin())
    this.#begin()
  }

  /** Stops the schedule. A run that goes on is interrupted after the current day: the next one goes on from there. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cron?.stop()
    clearTimeout(this.#retry)
    await this.#running
  }

  /** Archives what the last night should have, unless that is done. */
  async runIfDue(now = new Date()): Promise<void> {
    const midnight = startOf('day', new Date(now.getTime() - NIGHT_MS))
    const last = await this.#db.collection<LastRun>('leases').findOne({ _id: 'lastArchive' }, CURRENT_READ)
    if (last && last.at.getTime() >= midnight.getTime() + NIGHT_MS) return
    const { changed, waiting } = await this.#jobs.archive(() => this.#interrupt())
    this.#logger.info({ changed, waiting, to: this.#jobs.store.name }, 'the archive is up to date')
    await sendUpserts(this.#db, 'leases', [{ q: { _id: 'lastArchive' }, u: { $set: { at: now } } }])
    this.#succeeded.setToCurrentTime()
  }

  #begin(): void {
    clearTimeout(this.#retry)
    this.#running = this.#running.then(() => this.runIfDue()).catch(err => this.#failed(err))
  }

  #failed(err: unknown): void {
    if (this.#isStopped) return
    this.#retry = setTimeout(() => this.#begin(), RETRY_MS).unref()
    if (err instanceof ArchiveBusy) return
    this.#failures.inc()
    this.#logger.error({ err, to: this.#jobs.store.name }, 'archiving failed; it will be tried again in 10 minutes')
  }

  #interrupt(): void {
    if (this.#isStopped) throw new Error('the service is stopping')
  }
}
