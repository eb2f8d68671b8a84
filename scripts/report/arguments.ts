import { extname } from 'node:path'
import { parseArgs } from 'node:util'
import { REPORT_NAME } from '../../src/reports/own/own-report.ts'
import type { Report } from '../../src/reports/report.ts'
import { FILE_FORMATS } from '../../src/reports/report-file.ts'

const FORMATS = ['table', 'json', ...FILE_FORMATS] as const
export type OutputFormat = (typeof FORMATS)[number]

/** The arguments of the command line are wrong. */
export class UsageError extends Error {}

const OPTIONS = {
  format: { type: 'string' },
  out: { type: 'string' },
  compare: { type: 'string' },
  new: { type: 'string' },
  print: { type: 'boolean' },
  explain: { type: 'boolean' },
  watch: { type: 'boolean' },
  bom: { type: 'boolean' },
  test: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const
/** Each of them asks for something else than the rows of a report. */
const ACTIONS = ['new', 'test', 'help', 'print', 'explain'] as const

/** What the command line asks for. */
export interface Arguments {
  action: (typeof ACTIONS)[number] | 'run'
  /** The report. */
  name: string | undefined
  /** The report to write, for `new`. */
  newName: string
  /** The texts of the parameters of the report. */
  texts: Record<string, string>
  format: OutputFormat
  /** The file to write; standard output when undefined. */
  out: string | undefined
  /** Whether CSV begins with a byte order mark, by which Excel recognizes UTF-8. */
  bom: boolean
  /** The period to compare with. */
  compare: string | undefined
  /** Whether to run the report again and again. */
  watch: boolean
}

/** Reads the arguments of the command line. @param reports whose parameters are options @throws UsageError */
export function readArguments(args: string[], reports: Report[]): Arguments {
  const names = new Set(reports.flatMap(({ schema }) => Object.keys(schema.properties)))
  const parameters = Object.fromEntries([...names].map(name => [name, { type: 'string' as const }]))
  try {
    const { values, positionals } = parseArgs({ args, options: { ...parameters, ...OPTIONS }, allowPositionals: true })
    const { format, out, compare, bom = false, watch = false, new: newName = '' } = values
    const found: Arguments = {
      action: ACTIONS.find(name => values[name] !== undefined) ?? 'run',
      name: positionals[0],
      newName,
      texts: Object.fromEntries(
        Object.entries<unknown>(values).flatMap(([name, text]) => (names.has(name) ? [[name, String(text)]] : [])),
      ),
      format: formatOf(format, out),
      out,
      bom,
      compare,
      watch,
    }
    if (positionals.length > 1) throw new Error(`name one report, not ${positionals.join(' and ')}`)
    if (bom && found.format !== 'csv') throw new Error('--bom requires --format csv')
    if (watch && found.format !== 'table') throw new Error('--watch shows tables')
    if (found.action === 'new' && !REPORT_NAME.test(newName))
      throw new Error(`--new ${newName} is not a name: small letters, digits and hyphens`)
    return found
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** Returns the format that is asked for, else that of the name of the file, else a table. */
function formatOf(wanted: string | undefined, out: string | undefined): OutputFormat {
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
