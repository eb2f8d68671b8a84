/**
 * `npm run -s report -- <name> [--since 7d ...] [--format table|json|html|csv|ndjson|parquet] [--out file] [--print]`: runs a built-in
 * report, or one of `REPORTS_DIR`, on the database of the environment, or on that of a running service. `--new <name>` writes an own
 * report and its test, `--test` runs the tests. Exit code 1 when a report or a test failed, 2 when the arguments are wrong.
 */
import { rename, writeFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { reportsFolderOf } from '../src/config/config.ts'
import { readEnvironment } from '../src/config/environment.ts'
import { Problem } from '../src/errors.ts'
import { CATALOGUE, findReport } from '../src/reports/catalogue.ts'
import { REPORT_NAME } from '../src/reports/own/own-report.ts'
import { type OwnReportList, OwnReports } from '../src/reports/own/own-reports.ts'
import { readParams } from '../src/reports/params.ts'
import type { Report, ReportParams } from '../src/reports/report.ts'
import { FILE_FORMATS, reportFile } from '../src/reports/report-file.ts'
import { type ReportResult, reportParts, runReport } from '../src/reports/run-report.ts'
import { wireReport } from '../src/reports/schemas.ts'
import { isReaderGone, print } from './lib/command.ts'
import { openLogOf, withDatabase } from './lib/database.ts'
import { helpFor, overview } from './report/help.ts'
import { inMongosh } from './report/mongosh.ts'
import { newReport } from './report/new-report.ts'
import { progressLine } from './report/progress.ts'
import { tableOf } from './report/table.ts'
import { testReports } from './report/test-reports.ts'

const FORMATS = ['table', 'json', ...FILE_FORMATS] as const
/** Longer than over HTTP, where a report must not occupy the service. */
const TIMEOUT_MS = 10 * 60_000
/** Width of a table that is not written to a terminal. */
const DEFAULT_WIDTH = 160

/** The arguments of the command line are wrong. */
class UsageError extends Error {}

/** A report to run, its parameters and the form of its output. */
interface ReportRequest {
  report: Report
  params: ReportParams
  format: (typeof FORMATS)[number]
  /** The file to write; standard output when undefined. */
  out: string | undefined
  /** Whether CSV begins with a byte order mark, by which Excel recognizes UTF-8. */
  bom: boolean
}

/** Returns what the arguments ask for. @throws UsageError */
function commandOf(args: string[], own: OwnReportList): () => Promise<unknown> {
  const all = [...CATALOGUE, ...own.reports]
  const { help, print: isPrinted, bom, format, out, test, new: created, name, ...texts } = readArguments(args, all)
  if (created !== undefined) return () => create(created)
  if (test) return () => runTests(own)
  const report = name === undefined ? undefined : findReport(name, own.reports)
  if (name !== undefined && !report) {
    throw new UsageError(`there is no report ${name}; the reports are ${all.map(({ name }) => name).join(', ')}`)
  }
  if (!report) return () => print(overview(all))
  if (help) return () => print(helpFor(report))
  try {
    const params = readParams(report, texts, new Date())
    if (isPrinted) return () => print(`${inMongosh(report, params)}\n`)
    return () => run({ report, params, format, out, bom })
  } catch (error) {
    if (error instanceof Problem) throw new UsageError(`${faultsOf(error)}\n\n${helpFor(report)}`)
    throw error
  }
}

/** Returns the faults of a problem with the names of the options. */
function faultsOf({ errors = [] }: Problem): string {
  return errors.map(({ pointer, detail }) => `--${pointer.split('/').at(-1)} ${detail}`).join('; ')
}

function readArguments(args: string[], reports: Report[]) {
  const names = new Set(reports.flatMap(({ schema }) => Object.keys(schema.properties)))
  const options = {
    ...Object.fromEntries([...names].map(name => [name, { type: 'string' as const }])),
    format: { type: 'string' as const },
    out: { type: 'string' as const },
    print: { type: 'boolean' as const, default: false },
    bom: { type: 'boolean' as const, default: false },
    test: { type: 'boolean' as const, default: false },
    new: { type: 'string' as const },
    help: { type: 'boolean' as const, short: 'h', default: false },
  }
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    const {
      format: wanted,
      out,
      print,
      bom,
      test,
      new: created,
      help,
      ...texts
    } = values as Record<'print' | 'bom' | 'test' | 'help', boolean> & Partial<Record<'format' | 'out' | 'new', string>>
    const format = formatOf(wanted, out)
    if (bom && format !== 'csv') throw new Error('--bom requires --format csv')
    if (positionals.length > 1) throw new Error(`name one report, not ${positionals.join(' and ')}`)
    if (created !== undefined && !REPORT_NAME.test(created))
      throw new Error(`--new ${created} is not a name: small letters, digits and hyphens`)
    const [name] = positionals
    return { ...(texts as Record<string, string>), help, print, bom, format, out, test, new: created, name }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** Reads the own reports. Files that are none are named, and left out. */
function ownReports(folder: string): Promise<OwnReportList> {
  const logger = { warn: (_: object, message: string) => void process.stderr.write(`${message}\n`) }
  return new OwnReports({ folder, logger }).read()
}

/** Writes an own report and its test. */
async function create(name: string): Promise<void> {
  const paths = await newReport(folder, name).catch(error => {
    throw new UsageError(error.message)
  })
  await print(`${paths.join('\n')}\nnpm run report -- --test runs the test; docs/own-reports.md explains both.\n`)
}

async function runTests(own: OwnReportList): Promise<void> {
  await withDatabase(async ({ client }) => {
    if (!(await testReports(own, folder, client, print))) process.exitCode = 1
  })
}

/** Returns the format that is asked for, else that of the name of the file, else a table. */
function formatOf(wanted: string | undefined, out: string | undefined): ReportRequest['format'] {
  const ending = out === undefined ? 'table' : extname(out).slice(1)
  const format = FORMATS.find(known => known === (wanted ?? ending))
  if (format) return format
  if (wanted !== undefined) throw new Error(`--format must be one of ${FORMATS.join(', ')}`)
  throw new Error(
    `--out must end in ${FORMATS.slice(1)
      .map(name => `.${name}`)
      .join(', ')}, or --format be given`,
  )
}

async function run({ report, params, format, out, bom }: ReportRequest): Promise<void> {
  await withDatabase(async (database, config) => {
    const parts = reportParts(database.db, await openLogOf(database, config), config.dataSecret)
    const line = progressLine(report.name)
    const result = await runReport(report, params, parts, { time: TIMEOUT_MS, progress: line.rows }).finally(line.end)
    const bytes = bytesOf(report, result, format, bom)
    if (out === undefined) return pipeline(bytes, process.stdout, { end: false })
    // Whoever reads the file never sees a part of it.
    await writeFile(`${out}.part`, bytes)
    await rename(`${out}.part`, out)
  })
}

async function* bytesOf(report: Report, result: ReportResult, format: ReportRequest['format'], bom: boolean) {
  if (bom) yield Buffer.from('\uFEFF')
  if (format === 'table') yield Buffer.from(tableOf(result, process.stdout.columns ?? DEFAULT_WIDTH))
  else if (format === 'json') yield Buffer.from(`${JSON.stringify(wireReport(result), null, 2)}\n`)
  else yield* reportFile(report, result, format)
}

const folder = reportsFolderOf(readEnvironment(process.env))

try {
  await commandOf(process.argv.slice(2), await ownReports(folder))()
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 2
  } else if (!isReaderGone(error)) throw error
}
