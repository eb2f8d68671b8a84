import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import type { mongo } from 'mongoose'
import { Counter, type Registry } from 'prom-client'
import { MAJORITY } from '../../database/connect.ts'
import { giveLease, takeLease } from '../../database/lease.ts'
import { Sweeper } from '../../database/sweeper.ts'
import { isUnavailable } from '../../database/unavailability.ts'
import { findReport } from '../catalogue.ts'
import { DefinitionFolder } from '../definition-folder.ts'
import type { OwnReports } from '../own/own-reports.ts'
import { readParams } from '../params.ts'
import { reportFile, writeFileWhole } from '../report-file.ts'
import { type ReportParts, runReport } from '../run-report.ts'
import { loadSchedule, type Schedule } from './schedule.ts'
import { recordRun, type ScheduledRun } from './scheduled-run.ts'

const JOB = 'scheduledReports'
/** Longer than over HTTP, where somebody waits. */
const TIMEOUT_MS = 5 * 60_000
const LEASE_MS = 2 * TIMEOUT_MS
const STATES = 'schedules'

export const schedulesCollection = { name: STATES, indexes: [] }

type Parts = ReportParts & { own: OwnReports }

/** Up to when the runs of a schedule are done. */
interface ScheduleState {
  _id: string
  doneUntil: Date
}

/**
 * Runs the reports that are scheduled, in one process of many. A run that was missed is made up once, as of the time for which it was
 * scheduled. A process that is killed has recorded nothing: another one runs the report again, into a file of the same name.
 */
export class ScheduledReports {
  readonly schedules: DefinitionFolder<Schedule>
  readonly #parts: Parts
  readonly #logger: FastifyBaseLogger
  readonly #runs: Counter<'outcome'>
  readonly #sweeper: Sweeper
  readonly #holder = randomUUID()
  readonly #stop = new AbortController()

  /** @param folder of the files with the schedules, which may be absent */
  constructor(folder: string, parts: Parts, logger: FastifyBaseLogger, registry: Registry) {
    this.#parts = parts
    this.#logger = logger
    this.#sweeper = new Sweeper(logger)
    this.schedules = new DefinitionFolder({
      folder,
      kind: 'schedule',
      isDefinition: file => file.endsWith('.json'),
      load: path => loadSchedule(path, parts.own),
      referred: parts.own,
      logger,
    })
    this.#runs = new Counter({
      name: 'glance_scheduled_reports_total',
      help: 'Runs of scheduled reports, by outcome',
      labelNames: ['outcome'],
      registers: [registry],
    })
  }

  /** Looks every minute for reports that are due. */
  start(): void {
    this.#sweeper.start({ 'scheduled reports': this })
  }

  /** Stops a run as well; it is made up at the next start. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#sweeper.stop()
  }

  /** Runs what is due. @returns the number of runs */
  async sweep(now = new Date()): Promise<number> {
    const { db } = this.#parts
    const { items } = await this.schedules.read()
    let runs = 0
    try {
      for (const schedule of items) {
        if (this.#stop.signal.aborted || !(await takeLease(db, JOB, this.#holder, LEASE_MS))) break
        const due = await dueRun(schedule, now, db)
        if (!due) continue
        await this.#run(schedule, due)
        runs++
      }
    } finally {
      if (items.length > 0) await giveLease(db, JOB, this.#holder)
    }
    return runs
  }

  /** Runs a report, and records that it is done or why it failed. @throws an error when the database is out of reach */
  async #run(schedule: Schedule, at: Date): Promise<void> {
    const { db } = this.#parts
    const startedAt = new Date()
    const outcome = await this.#write(schedule, at).catch(error => {
      if (isUnavailable(error) || this.#stop.signal.aborted) throw error
      this.#logger.error({ err: error, schedule: schedule.name }, 'a scheduled report failed')
      return { fault: (error as Error).message }
    })
    const took = Date.now() - startedAt.getTime()
    await recordRun(db, { _id: { schedule: schedule.name, at }, report: schedule.report, startedAt, took, ...outcome })
    await states(db).updateOne({ _id: schedule.name }, { $set: { doneUntil: at } }, { writeConcern: MAJORITY })
    this.#runs.inc({ outcome: 'fault' in outcome ? 'failed' : 'done' })
  }

  /** Writes the file of a run. */
  async #write(
    { name, report: wanted, parameters, format, folder }: Schedule,
    at: Date,
  ): Promise<Pick<ScheduledRun, 'file' | 'rows'>> {
    const report = findReport(wanted, (await this.#parts.own.read()).items)
    if (!report) throw new Error(`there is no report ${wanted}`)
    const options = { time: TIMEOUT_MS, signal: this.#stop.signal }
    const result = await runReport(report, readParams(report, parameters, at), this.#parts, options)
    const file = `${name}-${at.toISOString().slice(0, 16).replaceAll(':', '')}Z.${format}`
    await mkdir(folder, { recursive: true })
    await writeFileWhole(join(folder, file), reportFile(report, result, format))
    return { file, rows: result.rows.length }
  }
}

/** Returns the time of the last run that is due and not done; a schedule that is new has none. */
async function dueRun({ name, cron }: Schedule, now: Date, db: mongo.Db): Promise<Date | undefined> {
  const options = { upsert: true, returnDocument: 'after', writeConcern: MAJORITY } as const
  const state = await states(db).findOneAndUpdate({ _id: name }, { $setOnInsert: { doneUntil: now } }, options)
  const [last] = cron.previousRuns(1, now)
  return last && state && last > state.doneUntil ? last : undefined
}

function states(db: mongo.Db): mongo.Collection<ScheduleState> {
  return db.collection<ScheduleState>(STATES)
}
