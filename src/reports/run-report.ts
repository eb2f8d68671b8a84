import type { mongo } from 'mongoose'
import { Problem } from '../errors.ts'
import type { ReadableLog } from '../events/log/log.ts'
import type { Pseudonym } from '../lib/pseudonym.ts'
import { completeSince } from '../rollups/retention-horizons.ts'
import { withTitles } from './image-titles.ts'
import type { Asked, Column, Report, Row } from './report.ts'

/** More groups than this are more than anybody reads, and than one process should hold. */
const MOST_ROWS = 50_000
/** MaxTimeMSExpired, ExceededTimeLimit. */
const TOO_SLOW = new Set([50, 262])

/** What reports are made from. */
export interface ReportParts {
  db: mongo.Db
  log: ReadableLog
  pseudonym: Pseudonym
}

/** A report as it is answered. `from` and `to` are the time as it was snapped; null for all time. */
export interface ReportResult {
  name: string
  from: Date | null
  to: Date | null
  asOf: Date
  columns: Column[]
  rows: Row[]
}

/** How long the database may take, in ms, and who is told how many rows have come. */
export interface Bounds {
  time: number
  progress?: (rows: number) => void
}

/**
 * Answers a report.
 * @throws Problem `interval_expired` where what it is made of is no longer all there, `report_too_slow`, `report_too_large`
 */
export async function runReport(
  report: Report,
  asked: Asked,
  parts: ReportParts,
  bounds: Bounds,
): Promise<ReportResult> {
  await refuseExpired(report, asked, parts.db)
  const asOf = new Date()
  const found = await readRows(report, asked, parts, bounds)
  const finished = report.finish?.(found, asked) ?? found
  const rows = (await withTitles(finished, report.columns, parts.db)).slice(0, Number(asked.limit ?? MOST_ROWS))
  const people = report.columns.filter(({ kind }) => kind === 'person')
  for (const row of rows) for (const { name } of people) row[name] = parts.pseudonym(String(row[name]))
  const isTimed = asked.grain !== 'total'
  const { name, columns } = report
  return { name, from: isTimed ? asked.from : null, to: isTimed ? asked.to : null, asOf, columns, rows }
}

async function refuseExpired({ collection }: Report, { from, grain }: Asked, db: mongo.Db): Promise<void> {
  const source = collection === 'events' ? 'log' : 'hour'
  if (source === 'hour' && grain !== 'hour') return
  const kept = await completeSince(db, source)
  if (from >= kept) return
  const what = source === 'log' ? 'events' : 'hours'
  throw new Problem('interval_expired', { detail: `${what} are kept since ${kept.toISOString()}` })
}

async function readRows(report: Report, asked: Asked, parts: ReportParts, { time, progress }: Bounds): Promise<Row[]> {
  const rows: Row[] = []
  const cursor = open(report, asked, parts, { maxTimeMS: time, allowDiskUse: true })
  try {
    for await (const row of cursor) {
      if (rows.push(row) > MOST_ROWS) throw new Problem('report_too_large', { detail: `more than ${MOST_ROWS} rows` })
      progress?.(rows.length)
    }
  } catch (error) {
    if (!TOO_SLOW.has((error as { code?: number }).code ?? 0)) throw error
    const detail = `it took more than ${time / 1000} s: ask for a shorter time, or run it by \`npm run report\``
    throw new Problem('report_too_slow', { detail, cause: error })
  } finally {
    await cursor.close()
  }
  return rows
}

function open(report: Report, asked: Asked, { db, log }: ReportParts, options: mongo.AggregateOptions) {
  const stages = report.pipeline(asked)
  if (report.collection === 'events') return log.read<Row>(stages[0]?.$match, stages.slice(1), options)
  return db.collection(report.collection, { promoteBuffers: true }).aggregate<Row>(stages, options)
}
