/**
 * `npm run -s report -- <name> [--since 7d ...] [--format table|json|html|csv|ndjson|parquet] [--out file] [--print]`: runs a built-in report, or one of `REPORTS_DIR`, on
 * the database of the environment, or on that of a running service. Exit code 1 when the report failed, 2 when the arguments are wrong.
 */
import { rename, writeFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { reportsFolderOf } from '../src/config/config.ts'
import { readEnvironment } from '../src/config/environment.ts'
import { Problem } from '../src/errors.ts'
import { CATALOGUE, findReport } from '../src/reports/catalogue.ts'
import { OwnReports } from '../src/reports/own/own-reports.ts'
import { readParams } from '../src/reports/params.ts'
import type { Report, ReportParams } from '../src/reports/report.ts'
import { FILE_FORMATS, reportFile } from '../src/reports/report-file.ts'
import { type ReportResult, reportParts, runReport } from '../src/reports/run-report.ts'
import { wireReport } from '../src/reports/schemas.ts'
import { isReaderGone, print } from './lib/command.ts'
import { openLogOf, withDatabase } from './lib/database.ts'
import { helpFor, overview } from './report/help.ts'
import { inMongosh } from './report/mongosh.ts'
import { progressLine } from './report/progress.ts'
import { tableOf } from './report/table.ts'

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
  print: boolean
  /** Whether CSV begins with a byte order mark, by which Excel recognizes UTF-8. */
  bom: boolean
}

/** Reads the request from the arguments. @returns a help text when help was asked for @throws UsageError */
function readRequest(args: string[], own: Report[]): ReportRequest | string {
  const all = [...CATALOGUE, ...own]
  const { help, print, bom, format, out, name, ...texts } = readArguments(args, all)
  const report = name === undefined ? undefined : findReport(name, own)
  if (name !== undefined && !report) {
    throw new UsageError(`there is no report ${name}; the reports are ${all.map(({ name }) => name).join(', ')}`)
  }
  if (!report) return overview(all)
  if (help) return helpFor(report)
  try {
    return { report, params: readParams(report, texts, new Date()), format, out, print, bom }
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
    help: { type: 'boolean' as const, short: 'h', default: false },
  }
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    const {
      format: wanted,
      out,
      print,
      bom,
      help,
      ...texts
    } = values as Record<'print' | 'bom' | 'help', boolean> & Partial<Record<'format' | 'out', string>>
    const format = formatOf(wanted, out)
    if (bom && format !== 'csv') throw new Error('--bom requires --format csv')
    if (positionals.length > 1) throw new Error(`name one report, not ${positionals.join(' and ')}`)
    return { ...(texts as Record<string, string>), help, print, bom, format, out, name: positionals[0] }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** Reads the own reports. Files that are none are named, and left out. */
async function ownReports(): Promise<Report[]> {
  const folder = reportsFolderOf(readEnvironment(process.env))
  const logger = { warn: (_: object, message: string) => void process.stderr.write(`${message}\n`) }
  return (await new OwnReports({ folder, logger }).read()).reports
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

try {
  const request = readRequest(process.argv.slice(2), await ownReports())
  if (typeof request === 'string') await print(request)
  else if (request.print) await print(`${inMongosh(request.report, request.params)}\n`)
  else await run(request)
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 2
  } else if (!isReaderGone(error)) throw error
}
