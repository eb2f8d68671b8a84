/**
 * `npm run -s report -- <name> [--since 7d ...] [--format table|json|html|csv|ndjson|parquet] [--out file]`: runs a built-in report, or one
 * of `REPORTS_DIR`, on the database of the environment, or on that of a running service. `--print`, `--explain`, `--compare`, `--watch`,
 * `--new` and `--test`: see the help. Exit code 1 when a report or a test failed, 2 when the arguments are wrong.
 */
import { pipeline } from 'node:stream/promises'
import { reportsFolderOf } from '../src/config/config.ts'
import { readEnvironment } from '../src/config/environment.ts'
import { Problem } from '../src/errors.ts'
import { CATALOGUE, findReport } from '../src/reports/catalogue.ts'
import { type ReportRequest, readRequest, runRequest } from '../src/reports/comparison.ts'
import { type OwnReportList, ownReportsIn } from '../src/reports/own/own-reports.ts'
import type { Report } from '../src/reports/report.ts'
import { reportFile, writeFileWhole } from '../src/reports/report-file.ts'
import { type ReportParts, type ReportResult, reportParts } from '../src/reports/run-report.ts'
import { wireReport } from '../src/reports/schemas.ts'
import { isReaderGone, print } from './lib/command.ts'
import { openLogOf, withDatabase } from './lib/database.ts'
import { type Arguments, readArguments, UsageError } from './report/arguments.ts'
import { explain } from './report/explain.ts'
import { helpFor, overview } from './report/help.ts'
import { inMongosh } from './report/mongosh.ts'
import { newReport } from './report/new-report.ts'
import { progressLine } from './report/progress.ts'
import { tableOf } from './report/table.ts'
import { testReports } from './report/test-reports.ts'
import { watch } from './report/watch.ts'

/** Longer than over HTTP, where a report must not occupy the service. */
const TIMEOUT_MS = 10 * 60_000
/** Width of a table that is not written to a terminal. */
const DEFAULT_WIDTH = 160

const folder = reportsFolderOf(readEnvironment(process.env))
// Files that are no reports are named, and left out.
const own = ownReportsIn(folder, { logger: { warn: (_, message) => void process.stderr.write(`${message}\n`) } })

/** Does what the arguments ask for. @throws UsageError before anything is done */
async function execute(args: string[]): Promise<void> {
  const list = await own.read()
  const wanted = readArguments(args, [...CATALOGUE, ...list.items])
  if (wanted.action === 'new') return create(wanted.newName)
  if (wanted.action === 'test') return test(list)
  if (wanted.name === undefined) return print(overview([...CATALOGUE, ...list.items]))
  const report = namedReport(wanted.name, list)
  if (wanted.action === 'help') return print(helpFor(report))
  const request = requestOf(wanted, list)
  if (wanted.action === 'print') return print(`${inMongosh(report, request.params)}\n`)
  await withDatabase(async (database, config) => {
    const parts = reportParts(database.db, await openLogOf(database, config), config.dataSecret)
    if (wanted.action === 'explain') await print(await explain(report, request.params, parts))
    else if (wanted.watch) await watch(own, async () => shown(await answer(requestOf(wanted, await own.read()), parts)))
    else await write(report, await answer(request, parts), wanted)
  })
}

/** Writes an own report and its test. */
async function create(name: string): Promise<void> {
  const paths = await newReport(folder, name).catch(error => {
    throw new UsageError(error.message)
  })
  await print(`${paths.join('\n')}\nnpm run report -- --test runs the test; docs/own-reports.md explains both.\n`)
}

async function test(list: OwnReportList): Promise<void> {
  await withDatabase(async ({ client }) => {
    if (!(await testReports(list, folder, client, print))) process.exitCode = 1
  })
}

function namedReport(name: string, { items }: OwnReportList): Report {
  const report = findReport(name, items)
  if (report) return report
  const names = [...CATALOGUE, ...items].map(({ name }) => name)
  throw new UsageError(`there is no report ${name}; the reports are ${names.join(', ')}`)
}

/** Reads the parameters up to now. @throws UsageError */
function requestOf({ name = '', texts, compare }: Arguments, list: OwnReportList): ReportRequest {
  const report = namedReport(name, list)
  try {
    return readRequest(report, texts, compare, new Date())
  } catch (error) {
    if (error instanceof Problem) throw new UsageError(`${faultsOf(error)}\n\n${helpFor(report)}`)
    throw error
  }
}

/** Returns the faults of a problem with the names of the options. */
function faultsOf({ errors = [] }: Problem): string {
  return errors.map(({ pointer, detail }) => `--${pointer.split('/').at(-1)} ${detail}`).join('; ')
}

async function answer(request: ReportRequest, parts: ReportParts): Promise<ReportResult> {
  const line = progressLine(request.report.name)
  return runRequest(request, parts, { time: TIMEOUT_MS, progress: line.rows }).finally(() => line.end())
}

/** Writes a result to the standard output or a file. */
async function write(report: Report, result: ReportResult, wanted: Arguments): Promise<void> {
  const { out } = wanted
  const bytes = bytesOf(report, result, wanted)
  if (out === undefined) return pipeline(bytes, process.stdout, { end: false })
  await writeFileWhole(out, bytes)
}

async function* bytesOf(report: Report, result: ReportResult, { format, bom }: Arguments) {
  if (bom) yield Buffer.from('\uFEFF')
  if (format === 'table') yield Buffer.from(shown(result))
  else if (format === 'json') yield Buffer.from(`${JSON.stringify(wireReport(result), null, 2)}\n`)
  else yield* reportFile(report, result, format)
}

function shown(result: ReportResult): string {
  return tableOf(result, process.stdout.columns ?? DEFAULT_WIDTH)
}

try {
  await execute(process.argv.slice(2))
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 2
  } else if (!isReaderGone(error)) throw error
}
