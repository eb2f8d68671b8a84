/**
 * `npm run -s report -- <name> [--since 7d ...] [--format table|csv|json] [--print]`: answers one report of the catalogue on the
 * database that the environment names, or that of a running service. Exit code 1 when it could not be answered, 2 when it was
 * asked wrongly.
 */
import { once } from 'node:events'
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
import { openLogOf, withDatabase } from './lib/database.ts'
import { helpFor, overview } from './report/help.ts'
import { inMongosh } from './report/mongosh.ts'
import { progressLine } from './report/progress.ts'
import { tableOf } from './report/table.ts'

const FORMATS = ['table', 'csv', 'json'] as const
/** In ms: longer than over HTTP, where nobody may hold the service up for so long. */
const TIME = 10 * 60_000
const WIDTH_OF_A_FILE = 160

/** It was asked wrongly. */
class UsageError extends Error {}

interface Question {
  report: Report
  asked: ReportParams
  format: (typeof FORMATS)[number]
  print: boolean
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads has seen enough.
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

/** What is asked; a text where only help is wanted. */
function readQuestion(args: string[]): Question | string {
  const { help, print, format, name, ...texts } = readArguments(args)
  const report = name === undefined ? undefined : findReport(name)
  if (name !== undefined && !report) {
    throw new UsageError(`there is no report ${name}; there are ${CATALOGUE.map(({ name }) => name).join(', ')}`)
  }
  if (!report) return overview(CATALOGUE)
  if (help) return helpFor(report)
  try {
    return { report, asked: readParams(report, texts, new Date()), format, print }
  } catch (error) {
    if (error instanceof Problem) throw new UsageError(`${error.message}\n\n${helpFor(report)}`)
    throw error
  }
}

function readArguments(args: string[]) {
  const names = new Set(CATALOGUE.flatMap(({ schema }) => Object.keys(schema.properties)))
  const options = {
    ...Object.fromEntries([...names].map(name => [name, { type: 'string' as const }])),
    format: { type: 'string' as const, default: 'table' },
    print: { type: 'boolean' as const, default: false },
    help: { type: 'boolean' as const, short: 'h', default: false },
  }
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    const { format: asked, print, help, ...texts } = values as { format: string; print: boolean; help: boolean }
    const format = FORMATS.find(known => known === asked)
    if (!format) throw new Error(`--format is one of ${FORMATS.join(', ')}`)
    if (positionals.length > 1) throw new Error(`one report at a time, not ${positionals.join(' and ')}`)
    return { ...(texts as Record<string, string>), help, print, format, name: positionals[0] }
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

async function answer({ report, asked, format }: Question): Promise<void> {
  await withDatabase(async (database, config) => {
    const parts = {
      db: database.db,
      log: await openLogOf(database, config),
      pseudonym: pseudonyms(config.dataSecret, 'reports'),
    }
    const line = progressLine(report.name)
    const result = await runReport(report, asked, parts, { time: TIME, progress: line.rows }).finally(line.end)
    await WRITERS[format](result)
  })
}

const WRITERS: Record<Question['format'], (result: ReportResult) => Promise<unknown>> = {
  table: result => write(tableOf(result, process.stdout.columns ?? WIDTH_OF_A_FILE)),
  json: result => write(`${JSON.stringify(wireReport(result), null, 2)}\n`),
  csv: ({ columns, rows }) => {
    const names = columns.map(({ name }) => name)
    return pipeline(csvLines(names, Readable.from(rows)), process.stdout, { end: false })
  },
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain')
}

try {
  const question = readQuestion(process.argv.slice(2))
  if (typeof question === 'string') await write(question)
  else if (question.print) await write(`${inMongosh(question.report, question.asked)}\n`)
  else await answer(question)
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}
