import { cellText, NUMBERS, periodText } from '../../src/reports/cell-text.ts'
import type { Column, Row } from '../../src/reports/report.ts'
import type { ReportResult } from '../../src/reports/run-report.ts'

const GAP = '  '
const MIN_TEXT_WIDTH = 6
const BAR_WIDTH = 10
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/**
 * Returns a report as a table. Columns without values are left out; to fit, texts are cut and then the last columns left out.
 * @param width of the table, in characters
 */
export function tableOf(result: ReportResult, width: number): string {
  const { columns, rows } = result
  const time = periodText(result)
  if (rows.length === 0) return `${time}: nothing to report\n`
  const shown = columns.filter(({ name }) => rows.some(row => row[name] !== null && row[name] !== undefined))
  const fields = fitting(
    shown.flatMap(column => fieldsOf(column, rows)),
    width,
  )
  const omitted = shown.filter(({ name }) => !fields.some(field => field.name === name)).map(({ name }) => name)
  const line = (texts: string[]) => texts.join(GAP).trimEnd()
  const header = line(fields.map(({ name, width, right }) => aligned(name, width, right)))
  const body = rows.map((_, i) => line(fields.map(({ texts, width, right }) => aligned(texts[i] ?? '', width, right))))
  const note = omitted.length > 0 ? [`(too wide for ${omitted.join(', ')}: --format csv contains all columns)`] : []
  return [time, '', header, line(fields.map(({ width }) => '─'.repeat(width))), ...body, ...note, ''].join('\n')
}

/** A column of the table, with its cells as text. */
interface Field {
  name: string
  texts: string[]
  width: number
  right: boolean
  /** Whether its texts may be cut. */
  isText: boolean
}

function fieldsOf({ name, kind, drawn }: Column, rows: Row[]): Field[] {
  const texts = rows.map(row => cellText(row[name], kind))
  const right = NUMBERS.includes(kind)
  const fields = [{ name, texts, right, isText: !right, width: widest([name, ...texts]) }]
  if (!drawn) return fields
  const max = Math.max(...rows.map(row => Number(row[name])))
  const bars = rows.map(row => bar(max > 0 ? Number(row[name]) / max : 0))
  return [...fields, { name: '', texts: bars, right: false, isText: false, width: BAR_WIDTH }]
}

/** Narrows fields to a total width: cuts the widest texts first, and when all are narrow, leaves out columns from the end. */
function fitting(fields: Field[], width: number): Field[] {
  const needed = (fields: Field[]) => fields.reduce((sum, field) => sum + field.width + GAP.length, -GAP.length)
  const fitted = fields.map(field => ({ ...field }))
  while (needed(fitted) > width) {
    const texts = fitted.filter(field => field.isText && field.width > Math.max(MIN_TEXT_WIDTH, field.name.length))
    const widestText = texts.sort((a, b) => b.width - a.width)[0]
    if (widestText) widestText.width--
    else if (fitted.length > 1) fitted.pop()
    else break
  }
  return fitted
}

function aligned(text: string, width: number, right: boolean): string {
  const cut = [...text].length > width ? `${[...text].slice(0, width - 1).join('')}…` : text
  const space = ' '.repeat(width - [...cut].length)
  return right ? space + cut : cut + space
}

function bar(share: number): string {
  const eighths = Math.round(share * BAR_WIDTH * 8)
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '')
}

function widest(texts: string[]): number {
  return Math.max(...texts.map(text => [...text].length))
}
