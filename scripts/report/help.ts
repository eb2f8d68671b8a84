import type { Report } from '../../src/reports/report.ts'
import { parametersOf } from '../../src/reports/schemas.ts'

/** Which reports there are. */
export function overview(reports: Report[]): string {
  const lines = reports.map(({ name, question }) => `  ${name.padEnd(16)} ${question}`)
  return [
    'npm run -s report -- <name> [parameters] [--format table|csv|json] [--print]',
    '',
    ...lines,
    '',
    'npm run -s report -- <name> --help names the parameters and columns of one; --print gives its pipeline for mongosh.',
    '',
  ].join('\n')
}

/** What one report takes and says. */
export function helpFor(report: Report): string {
  const parameters = parametersOf(report).map(({ name, about, default: usual }) => {
    return `  --${name.padEnd(14)} ${about}${usual === null ? '' : ` (${usual})`}`
  })
  const columns = report.columns.map(({ name, kind, about }) => `  ${name.padEnd(16)} ${kind.padEnd(7)} ${about}`)
  const takes = parameters.length > 0 ? ['Parameters:', ...parameters, ''] : []
  return [`${report.name}: ${report.question}`, '', ...takes, 'Columns:', ...columns, '', report.cost, ''].join('\n')
}
