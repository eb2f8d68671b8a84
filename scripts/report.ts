/**
 * `npm run -s report -- <name> [--since 7d ...] [--format table|csv|json] [--print]`: runs a report of the catalogue on the database
 * of the environment, or on that of a running service. Exit code 1 when the report failed, 2 when the arguments are wrong.
 */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { Problem } from '../src/errors.ts'
import { csvLines } from '../src/lib/csv.ts'
import { pseudonyms } from '../src/lib/pseudonym.ts'
import { CATALOGUE, findReport } from '../src/reports/catalogue.ts'
import { readParams } from '../src/reports/params.ts'
import type { Report, ReportParams } from '../src/reports/report.ts'
import { type ReportResult, runReport } from '../src/reports/run-report.ts'
import { wireReport } from '../src/reports/schemas.ts'
import { isReaderGone, print } from './lib/command.ts'
import { openLogOf, withDatabase } from './lib/database.ts'
import { helpFor, overview } from './report/help.ts'
import { inMongosh } from './report/mongosh.ts'
import { progressLine } from './report/progress.ts'
import { tableOf } from './report/table.ts'

const FORMATS = ['table', 'csv', 'json'] as const
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
  print: boolean
  /** Whether CSV begins with a byte order mark, by which Excel recognizes UTF-8. */
  bom: boolean
}

/** Reads the request from the arguments. @returns a help text when help was asked for @throws UsageError */
function readRequest(args: string[]): ReportRequest | string {
  const { help, print, bom, format, name, ...texts } = readArguments(args)
  const report = name === undefined ? undefined : findReport(name)
  if (name !== undefined && !report) {
    throw new UsageError(`there is no report ${name}; the reports are ${CATALOGUE.map(({ name }) => name).join(', ')}`)
  }
  if (!report) return overview(CATALOGUE)
  if (help) return helpFor(report)
  try {
    return { report, params: readParams(report, texts, new Date()), format, print, bom }
  } catch (error) {
    if (error instanceof Problem) throw new UsageError(`${faultsOf(error)}\n\n${helpFor(report)}`)
    throw error
  }
}

/** Returns the faults of a problem with the names of the options. */
function faultsOf({ errors = [] }: Problem): string {
  return errors.map(({ pointer, detail }) => `--${pointer.split('/').at(-1)} ${detail}`).join('; ')
}

function readArguments(args: string[]) {
  const names = new Set(CATALOGUE.flatMap(({ schema }) => Object.keys(schema.properties)))
  const options = {
    ...Object.fromEntries([...names].map(name => [name, { type: 'string' as const }])),
    format: { type: 'string' as const, default: 'table' },
    print: { type: 'boolean' as const, default: false },
    bom: { type: 'boolean' as const, default: false },
    help: { type: 'boolean' as const, short: 'h', default: false },
  }
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    const {
      format: wanted,
      print,
      bom,
      help,
      ...texts
    } = values as Record<'print' | 'bom' | 'help', boolean> & { format: string }
    const format = FORMATS.find(known => known === wanted)
    if (!format) throw new Error(`--format must be one of ${FORMATS.join(', ')}`)
    if (bom && format !== 'csv') throw new Error('--bom requires --format csv')
    if (positionals.length > 1) throw new Error(`name one report, not ${positionals.join(' and ')}`)
    return { ...(texts as Record<string, string>), help, print, bom, format, name: positionals[0] }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

async function run({ report, params, format, bom }: ReportRequest): Promise<void> {
  await withDatabase(async (database, config) => {
    const parts = {
      db: database.db,
      log: await openLogOf(database, config),
      pseudonym: pseudonyms(config.dataSecret, 'reports'),
    }
    const line = progressLine(report.name)
    const result = await runReport(report, params, parts, { time: TIMEOUT_MS, progress: line.rows }).finally(line.end)
    if (bom) await print('\uFEFF')
    await WRITERS[format](result)
  })
}

const WRITERS: Record<ReportRequest['format'], (result: ReportResult) => Promise<unknown>> = {
  table: result => print(tableOf(result, process.stdout.columns ?? DEFAULT_WIDTH)),
  json: result => print(`${JSON.stringify(wireReport(result), null, 2)}\n`),
  csv: ({ columns, rows }) => {
    const names = columns.map(({ name }) => name)
    return pipeline(csvLines(names, Readable.from(rows)), process.stdout, { end: false })
  },
}

try {
  const request = readRequest(process.argv.slice(2))
  if (typeof request === 'string') await print(request)
  else if (request.print) await print(`${inMongosh(request.report, request.params)}\n`)
  else await run(request)
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 2
  } else if (!isReaderGone(error)) throw error
}
