import mongoose, { type mongo } from 'mongoose'
import { limitedTo } from '../database/time-limits.ts'
import { isRefusal } from '../database/unavailability.ts'
import { Problem } from '../errors.ts'
import { COUNTED, type ReadableLog } from '../events/log/log.ts'
import { derivedKey } from '../lib/keyed-hash.ts'
import { type Pseudonym, pseudonyms } from '../lib/pseudonym.ts'
import { completeSince } from '../rollups/retention-horizons.ts'
import { purposeOf, refuseExpired } from '../stats/range.ts'
import { withTitles } from './image-titles.ts'
import type { Column, Report, ReportParams, Row } from './report.ts'
import { rangesIn } from './report-period.ts'

/** These bound the memory of a report. */
const MAX_ROWS = 50_000
const MAX_BYTES = 64 * 1024 * 1024
/** A secondary has the time for reports, and is seldom more than seconds behind. */
const OPTIONS = { allowDiskUse: true, readPreference: 'secondaryPreferred' } as const
/** MaxTimeMSExpired and ExceededTimeLimit. */
const TIMEOUT_CODES = new Set([50, 262])

/** The database, the log and the pseudonyms that reports use. */
export interface ReportParts {
  db: mongo.Db
  log: ReadableLog
  pseudonym: Pseudonym
  /** By which people are hashed before the pipeline of an own report sees them. */
  personKey: string
}

/** Returns what reports use, with pseudonyms by the data secret. */
export function reportParts(db: mongo.Db, log: ReadableLog, dataSecret: string): ReportParts {
  const personKey = derivedKey(dataSecret, 'ownReports').toString('hex')
  return { db, log, pseudonym: pseudonyms(dataSecret, 'reports'), personKey }
}

/** The result of a report. `from` and `to` are the rounded period, in days and other intervals of the zone `tz`; null for all time. */
export interface ReportResult {
  name: string
  from: Date | null
  to: Date | null
  tz: string | null
  /** The period that the rows are compared with, if they are. */
  before?: { from: Date; to: Date }
  asOf: Date
  columns: Column[]
  rows: Row[]
}

/** Time limit of the database in ms, a callback with the number of rows so far, and a signal to give up. */
export interface RunOptions {
  time: number
  signal?: AbortSignal
  progress?: (rows: number) => void
}

/**
 * Runs a report.
 * @throws Problem `interval_expired` when data of the period have expired, `report_too_slow`, `report_too_large`; `report_failed` when the
 *   database refuses the pipeline of an own report
 */
export async function runReport(
  report: Report,
  params: ReportParams,
  parts: ReportParts,
  options: RunOptions,
): Promise<ReportResult> {
  await refuseIncomplete(report, params, parts.db)
  const asOf = new Date()
  const found = await readRows(report, params, parts, options)
  const finished = report.finish?.(found, params) ?? found
  const rows = (await withTitles(finished, report.columns, parts.db)).slice(0, Number(params.limit ?? MAX_ROWS))
  const people = report.columns.filter(({ kind }) => kind === 'person')
  for (const row of rows)
    for (const { name } of people) row[name] = row[name] == null ? null : parts.pseudonym(String(row[name]))
  const hasPeriod = params.grain !== 'total'
  const { name, columns } = report
  const { from, to, tz } = hasPeriod
    ? { from: params.from, to: params.to, tz: params.zone.label }
    : { from: null, to: null, tz: null }
  return { name, from, to, tz, asOf, columns, rows }
}

async function refuseIncomplete({ collection, time }: Report, params: ReportParams, db: mongo.Db): Promise<void> {
  if (!time) return
  if (collection !== 'events') return refuseExpired(db, rangesIn(time, params), purposeOf(params.zone, 'period'))
  const kept = await completeSince(db, 'log')
  const detail = `events are kept since ${kept.toISOString()}`
  if (params.from < kept) throw new Problem('interval_expired', { detail })
}

async function readRows(
  report: Report,
  params: ReportParams,
  parts: ReportParts,
  { time, progress, signal }: RunOptions,
): Promise<Row[]> {
  const rows: Row[] = []
  let bytes = 0
  const cursor = openReport(report, params, parts, { ...limitedTo(time), ...OPTIONS, ...(signal ? { signal } : {}) })
  try {
    for await (const row of cursor) {
      if (rows.push(row) > MAX_ROWS) throw new Problem('report_too_large', { detail: `more than ${MAX_ROWS} rows` })
      bytes += mongoose.mongo.BSON.calculateObjectSize(row)
      if (bytes > MAX_BYTES) throw new Problem('report_too_large', { detail: `more than ${MAX_BYTES} bytes` })
      progress?.(rows.length)
    }
  } catch (error) {
    const isTooSlow = TIMEOUT_CODES.has((error as { code?: number }).code ?? 0)
    if (!isTooSlow && report.isOwn && isRefusal(error))
      throw new Problem('report_failed', { detail: error.message, cause: error })
    if (!isTooSlow) throw error
    const detail = `the report took more than ${time / 1000} s: ask for a shorter period, or run it with \`npm run report\``
    throw new Problem('report_too_slow', { detail, cause: error })
  } finally {
    await cursor.close()
  }
  return rows
}

/** Opens a cursor for what a report reads, before its `finish`. */
export function openReport(
  report: Report,
  params: ReportParams,
  { db, log, personKey }: ReportParts,
  options: mongo.AggregateOptions & mongo.Abortable,
) {
  const stages = report.pipeline(params, personKey)
  if (report.collection === 'events')
    return log.read<Row>({ ...stages[0]?.$match, ...COUNTED }, stages.slice(1), options)
  return db.collection(report.collection, { promoteBuffers: true }).aggregate<Row>(stages, options)
}

/** Returns the values of a row in the order of the columns. */
export function inColumns(row: Row, columns: Column[]): Row {
  return Object.fromEntries(columns.map(({ name }) => [name, row[name] ?? null]))
}
