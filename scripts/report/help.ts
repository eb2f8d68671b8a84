import type { Report } from '../../src/reports/report.ts'
import { parametersOf } from '../../src/reports/schemas.ts'

/** Returns the help text that lists all reports. */
export function overview(reports: Report[]): string {
  const width = Math.max(...reports.map(({ name }) => name.length))
  const lines = reports.map(({ name, question }) => `  ${name.padEnd(width)} ${question}`)
  return [
    'npm run -s report -- <name> [parameters] [--format table|json|html|csv|ndjson|parquet] [--out file] [--bom]',
    '',
    ...lines,
    '',
    'Instead of running the report:',
    '  <name> --help      lists its parameters and columns',
    '  <name> --print     prints its pipeline for mongosh',
    '  <name> --explain   tells the indexes and the number of documents that it would read',
    '  --new <name>       writes a report of your own and its test',
    '  --test             runs the tests of your own reports',
    '',
    'Options:',
    '  --out <file>       writes a file, in the format that its name ends in',
    '  --bom              begins CSV with a byte order mark, by which Excel recognizes UTF-8',
    '  --compare previous, --compare 2026-10-01..2026-10-08',
    '                     puts the numbers of another period beside those of this one, and the change',
    '  --watch            shows the table again when the file of the report changes, and every 10 s',
    '',
  ].join('\n')
}

/** Returns the help text for one report: its parameters, columns and cost. */
export function helpFor(report: Report): string {
  const parameters = parametersOf(report).map(({ name, about, default: defaultValue }) => {
    return `  --${name.padEnd(14)} ${about}${defaultValue === null ? '' : ` (${defaultValue})`}`
  })
  const columns = report.columns.map(({ name, kind, about }) => `  ${name.padEnd(16)} ${kind.padEnd(7)} ${about}`)
  const parameterLines = parameters.length > 0 ? ['Parameters:', ...parameters, ''] : []
  return [
    `${report.name}: ${report.question}`,
    '',
    ...parameterLines,
    'Columns:',
    ...columns,
    '',
    report.cost,
    '',
  ].join('\n')
}
