import { cellText, NUMBERS, periodText, shortTime, wordsOf } from '../cell-text.ts'
import type { Column, Report, Row } from '../report.ts'
import type { ReportResult } from '../run-report.ts'
import { chartOf } from './chart.ts'
import { STYLE } from './style.ts'

/** The number of rows in the table; files in other formats have all. */
const MAX_ROWS = 1_000

/** Returns a report as a page of HTML that needs nothing else: its chart and its table, in light and dark. */
export async function reportPage({ question }: Report, result: ReportResult): Promise<string> {
  const { name, columns, rows, asOf } = result
  const chart = await chartOf(result)
  const shown = columns.filter(({ name }) => !isTitled(name, columns) && rows.some(row => row[name] != null))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(name)}</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>${escaped(question)}</h1><p>${periodText(result)}</p></header>
<main>
${chart ? `<figure>${chart.svg}${noteOf(chart.shown, rows, 'figcaption')}</figure>` : ''}
${rows.length === 0 ? '<p>Nothing to report.</p>' : tableOf(shown, rows.slice(0, MAX_ROWS))}${noteOf(MAX_ROWS, rows, 'p')}
</main>
<footer><p>${escaped(name)}, made by Glance on ${shortTime(asOf)} UTC</p></footer>
</body>
</html>
`
}

/** Returns an element that says how many rows are shown, if not all are. */
function noteOf(shown: number, rows: Row[], element: 'p' | 'figcaption'): string {
  if (shown >= rows.length) return ''
  const [some, all] = [shown, rows.length].map(number => number.toLocaleString('en'))
  return `<${element}>The first ${some} of ${all} rows.</${element}>`
}

/** Whether a column has the ids of images whose titles are in another one. */
function isTitled(name: string, columns: Column[]): boolean {
  return columns.some(({ of }) => of === name)
}

function tableOf(columns: Column[], rows: Row[]): string {
  const head = columns.map(
    ({ name, kind, about }) => `<th scope="col"${classOf(kind)} title="${escaped(about)}">${wordsOf(name)}</th>`,
  )
  const body = rows.map(row => {
    const cells = columns.map(({ name, kind }) => `<td${classOf(kind)}>${escaped(cellText(row[name], kind))}</td>`)
    return `<tr>${cells.join('')}</tr>`
  })
  return `<div class="table"><table><thead><tr>${head.join('')}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table></div>`
}

function classOf(kind: Column['kind']): string {
  return NUMBERS.includes(kind) ? ' class="number"' : ''
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
