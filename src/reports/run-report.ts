import type { mongo } from 'mongoose'
import { limitedTo } from '../database/time-limits.ts'
import { Problem } from '../errors.ts'
import { COUNTED, type ReadableLog } from '../events/log/log.ts'
import type { Pseudonym } from '../lib/pseudonym.ts'
import { completeSince } from '../rollups/retention-horizons.ts'
import { withTitles } from './image-titles.ts'
import type { Column, Report, ReportParams, Row } from './report.ts'

/** Bounds the memory of a report. */
const MAX_ROWS = 50_000
/** MaxTimeMSExpired and ExceededTimeLimit. */
const TIMEOUT_CODES = new Set([50, 262])

/** The database, the log and the pseudonyms that reports use. */
export interface ReportParts {
  db: mongo.Db
  log: ReadableLog
  pseudonym: Pseudonym
}

/** The result of a report. `from` and `to` are the rounded period; null for all time. */
export interface ReportResult {
  name: string
  from: Date | null
  to: Date | null
  asOf: Date
  columns: Column[]
  rows: Row[]
}

/** Time limit of the database in ms, and a callback with the number of rows so far. */
export interface RunOptions {
  time: number
  progress?: (rows: number) => void
}

/**
 * Runs a report.
 * @throws Problem `interval_expired` when data of the period have expired, `report_too_slow`, `report_too_large`
 */
export async function runReport(
  report: Report,
  params: ReportParams,
  parts: ReportParts,
  options: RunOptions,
): Promise<ReportResult> {
  await refuseExpired(report, params, parts.db)
  const asOf = new Date()
  const found = await readRows(report, params, parts, options)
  const finished = report.finish?.(found, params) ?? found
  const rows = (await withTitles(finished, report.columns, parts.db)).slice(0, Number(params.limit ?? MAX_ROWS))
  const people = report.columns.filter(({ kind }) => kind === 'person')
  for (const row of rows) for (const { name } of people) row[name] = parts.pseudonym(String(row[name]))
  const hasPeriod = params.grain !== 'total'
  const { name, columns } = report
  return { name, from: hasPeriod ? params.from : null, to: hasPeriod ? params.to : null, asOf, columns, rows }
}

async function refuseExpired({ collection }: Report, { from, grain }: ReportParams, db: mongo.Db): Promise<void> {
  const source = collection === 'events' ? 'log' : 'hour'
  if (source === 'hour' && grain !== 'hour') return
  const kept = await completeSince(db, source)
  if (from >= kept) return
  const what = source === 'log' ? 'events' : 'roll-ups by hour'
  throw new Problem('interval_expired', { detail: `${what} are kept since ${kept.toISOString()}` })
}

async function readRows(
  report: Report,
  params: ReportParams,
  parts: ReportParts,
  { time, progress }: RunOptions,
): Promise<Row[]> {
  const rows: Row[] = []
  const cursor = open(report, params, parts, { ...limitedTo(time), allowDiskUse: true })
  try {
    for await (const row of cursor) {
      if (rows.push(row) > MAX_ROWS) throw new Problem('report_too_large', { detail: `more than ${MAX_ROWS} rows` })
      progress?.(rows.length)
    }
  } catch (error) {
    if (!TIMEOUT_CODES.has((error as { code?: number }).code ?? 0)) throw error
    const detail = `the report took more than ${time / 1000} s: ask for a shorter period, or run it with \`npm run report\``
    throw new Problem('report_too_slow', { detail, cause: error })
  } finally {
    await cursor.close()
  }
  return rows
}

function open(report: Report, params: ReportParams, { db, log }: ReportParts, options: mongo.AggregateOptions) {
  const stages = report.pipeline(params)
  if (report.collection === 'events')
    return log.read<Row>({ ...stages[0]?.$match, ...COUNTED }, stages.slice(1), options)
  return db.collection(report.collection, { promoteBuffers: true }).aggregate<Row>(stages, options)
}
