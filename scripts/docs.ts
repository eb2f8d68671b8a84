/** `npm run docs`: writes docs/reports.md, each report of the catalogue with what it says on the database at hand (the demo). */
import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { pseudonyms } from '../src/lib/pseudonym.ts'
import { CATALOGUE } from '../src/reports/catalogue.ts'
import { readParams } from '../src/reports/params.ts'
import type { Report } from '../src/reports/report.ts'
import { runReport } from '../src/reports/run-report.ts'
import { parametersOf } from '../src/reports/schemas.ts'
import { openLogOf, withDatabase } from './lib/database.ts'
import { tableOf } from './report/table.ts'

const PAGE = new URL('../docs/reports.md', import.meta.url)
const WIDTH = 120
const MOST_LINES = 32
const TIME = 60_000

const HEAD = `# Reports

Made by \`npm run docs\` from the catalogue in \`src/reports\`, with what each report says on the demo (\`npm run seed\`).

    npm run -s report -- top-images --metric people --since 30d
    curl -H "x-api-key: $KEY" "http://127.0.0.1:3000/v1/reports/top-images?metric=people&since=30d&format=csv"

The same reports, parameters and numbers on the command line and over HTTP (roles analyst and admin, keys with
\`exports:read\`). \`--print\` gives the pipeline for mongosh; there people have their own ids, here they have pseudonyms.
Times are UTC and snap outwards to whole hours, days, months or weeks.
`

await withDatabase(async (database, config) => {
  const log = await openLogOf(database, config)
  const parts = { db: database.db, log, pseudonym: pseudonyms(config.dataSecret, 'reports') }
  const sections: string[] = []
  for (const report of CATALOGUE) {
    const result = await runReport(report, readParams(report, {}, new Date()), parts, { time: TIME })
    sections.push(sectionOf(report, tableOf(result, WIDTH)))
  }
  await mkdir(new URL('.', PAGE), { recursive: true })
  await writeFile(PAGE, [HEAD, ...sections].join('\n'))
  process.stdout.write(`${fileURLToPath(PAGE)}: ${sections.length} reports\n`)
})

function sectionOf(report: Report, table: string): string {
  const { name, question, cost, columns } = report
  const lines = table.trimEnd().split('\n')
  const shown = lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES), '…'] : lines
  const parameters = parametersOf(report).map(({ name, about, default: usual }) => {
    return `- \`${name}\`${usual === null ? '' : ` (${usual})`}: ${about}`
  })
  const described = columns.map(({ name, kind, about }) => `| \`${name}\` | ${kind} | ${about} |`)
  return [
    `## ${name}\n`,
    `${question} ${cost}\n`,
    ...(parameters.length > 0 ? [`${parameters.join('\n')}\n`] : []),
    '| column | kind | what it is |\n| --- | --- | --- |',
    `${described.join('\n')}\n`,
    `\`\`\`\n${shown.join('\n')}\n\`\`\`\n`,
  ].join('\n')
}
