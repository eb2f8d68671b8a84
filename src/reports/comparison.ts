import { fieldProblem, Problem } from '../errors.ts'
import { NUMBERS } from './cell-text.ts'
import { readParams } from './params.ts'
import type { Column, Kind, Report, ReportParams, Row } from './report.ts'
import { inColumns, type ReportParts, type ReportResult, type RunOptions, runReport } from './run-report.ts'

const POINTER = '/querystring/compare'

/** A report and the parameters to run it with. */
export interface ReportRequest {
  report: Report
  params: ReportParams
  /** The parameters of the period to compare with. */
  before: ReportParams | undefined
}

/**
 * Parses the parameters of a report, up to `now`, and the period to compare with, if there is one: `previous`, the one of equal length
 * before that of the parameters, or two times such as `2026-10-01..2026-10-08`.
 * @throws Problem `invalid_request` that names the invalid parameters
 */
export function readRequest(
  report: Report,
  texts: Record<string, string>,
  compare: string | undefined,
  now: Date,
): ReportRequest {
  const params = readParams(report, texts, now)
  if (compare === undefined) return { report, params, before: undefined }
  const textsBefore = parametersBefore(report, texts, params, compare)
  try {
    return { report, params, before: readParams(report, textsBefore, now) }
  } catch (error) {
    if (error instanceof Problem) throw fieldProblem(POINTER, `names a period that is not valid: ${error.detail}`)
    throw error
  }
}

/** Runs a report, and for a comparison also that of the other period. @throws Problem as `runReport` does */
export async function runRequest(
  { report, params, before }: ReportRequest,
  parts: ReportParts,
  options: RunOptions,
): Promise<ReportResult> {
  const result = await runReport(report, params, parts, options)
  if (!before) return result
  const limit = Number(params.limit ?? Number.POSITIVE_INFINITY)
  return compared(result, await runReport(report, before, parts, options), limit)
}

/**
 * Returns the texts of the parameters for the period to compare with. A report with a limit gets the largest one, so that an image which
 * has risen is compared as well.
 */
function parametersBefore(
  report: Report,
  texts: Record<string, string>,
  { from, to }: ReportParams,
  compare: string,
): Record<string, string> {
  if (!report.time || from >= to) throw fieldProblem(POINTER, 'is for reports with a period')
  const length = to.getTime() - from.getTime()
  const [since, until, ...more] =
    compare === 'previous' ? [new Date(from.getTime() - length).toISOString(), from.toISOString()] : compare.split('..')
  if (!since || !until || more.length > 0)
    throw fieldProblem(POINTER, 'must be previous, or two times such as 2026-10-01..2026-10-08')
  const { maximum } = (report.schema.properties.limit ?? {}) as { maximum?: number }
  return { ...texts, since, until, ...(maximum === undefined ? {} : { limit: `${maximum}` }) }
}

/**
 * Puts two results of a report side by side: after each column of numbers follow the number before, and the change. The change of a
 * share is a difference, that of other numbers is relative to the number before.
 * @param limit rows of `before` without a counterpart are shown when they are among the first ones
 */
export function compared(now: ReportResult, before: ReportResult, limit: number): ReportResult {
  const keys = keysOf(now)
  const measures = now.columns.filter(column => NUMBERS.includes(column.kind) && !keys.includes(column))
  const subjectOf = (row: Row, { from }: ReportResult) =>
    JSON.stringify(keys.map(({ name }) => sinceBeginning(row[name], from)))
  const subjects = new Set(now.rows.map(row => subjectOf(row, now)))
  const rowsBefore = new Map(before.rows.map(row => [subjectOf(row, before), row]))
  const gone = before.rows.slice(0, limit).filter(row => !subjects.has(subjectOf(row, before)))
  const names = [...keys, ...now.columns.filter(({ kind }) => kind === 'title')]
  return {
    ...now,
    ...(before.from && before.to ? { before: { from: before.from, to: before.to } } : {}),
    columns: now.columns.flatMap(column => (measures.includes(column) ? withChange(column) : [column])),
    rows: [
      ...now.rows.map(row => ({ ...row, ...changes(row, rowsBefore.get(subjectOf(row, now)), measures) })),
      ...gone.map(row => ({ ...inColumns(row, names), ...changes({}, row, measures) })),
    ],
  }
}

/**
 * Returns the columns that say what a row is about: the images, people and texts, or the times, if there is one for each row. Where all
 * columns are numbers it is the first one; a single number has none.
 */
function keysOf({ columns, rows }: ReportResult): Column[] {
  const ofKinds = (...kinds: Kind[]) => columns.filter(({ kind }) => kinds.includes(kind))
  if (ofKinds('image', 'person').length > 0) return ofKinds('image', 'person', 'text')
  const times = ofKinds('time').filter(({ name }) => rows.every(row => row[name] instanceof Date))
  const moments = new Set(rows.map(row => times.map(({ name }) => Number(row[name])).join()))
  if (times.length > 0 && moments.size === rows.length) return times
  const keys = [...ofKinds('text'), ...times]
  return keys.length > 0 || columns.length === 1 ? keys : columns.slice(0, 1)
}

/** Returns a value with which rows of two periods are compared: of a time that since the beginning of its period. */
function sinceBeginning(value: unknown, from: Date | null): unknown {
  return value instanceof Date ? value.getTime() - (from?.getTime() ?? 0) : value
}

function withChange(column: Column): Column[] {
  const { name, kind } = column
  const change = kind === 'share' ? 'difference' : 'change, relative to the number before'
  return [
    column,
    { name: `${name}Before`, kind, about: `${name} in the period that is compared with` },
    { name: `${name}Change`, kind: 'share', about: change },
  ]
}

function changes(row: Row, before: Row | undefined, measures: Column[]): Row {
  const numbers = measures.flatMap(({ name, kind }) => {
    const earlier = before?.[name] ?? null
    return [
      [`${name}Before`, earlier],
      [`${name}Change`, changeOf(row[name], earlier, kind)],
    ]
  })
  return Object.fromEntries(numbers)
}

function changeOf(now: unknown, before: unknown, kind: Kind): number | null {
  if (typeof now !== 'number' || typeof before !== 'number') return null
  if (kind === 'share') return now - before
  return before === 0 ? null : (now - before) / before
}
