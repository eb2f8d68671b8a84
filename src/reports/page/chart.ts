import type { Markish } from '@observablehq/plot'
import { cellText, NUMBERS, wordsOf } from '../cell-text.ts'
import type { Column, Row } from '../report.ts'
import type { ReportResult } from '../run-report.ts'

const WIDTH_PX = 760
const FONT_SIZE_PX = 12
const CHARACTER_WIDTH_PX = 6.6
/** Most rows of each kind of chart: more of them could not be told apart, and would occupy the process. */
const MAX_BARS = 40
const MAX_COHORTS = 60
const MAX_POINTS = 2_000
const MAX_LABEL_LENGTH = 40
/** With so many columns of shares, rows by time are drawn as a heat map of cohorts. */
const MIN_SHARES = 4
const ACCENT = 'var(--accent)'
const PAPER = 'var(--paper)'
const TEXT = 'var(--text)'

type Plot = typeof import('@observablehq/plot')

/** A chart as SVG, and the number of rows that it shows: the first ones. */
export interface Chart {
  svg: string
  shown: number
}

/** What a chart is made of. */
interface Drawing {
  shown: number
  height: number
  marginLeft: number
  marginRight: number
  marks: Markish[]
  x?: object
  y?: object
}

/**
 * Draws the rows of a report as the kinds of its columns suggest: shares by time and numbers by two dimensions as a heat map, a number
 * by time as a line, others as bars. Colours come from the page: `--text`, `--paper` and `--accent`.
 * @returns undefined when there is nothing to draw
 */
export async function chartOf({ columns, rows }: ReportResult): Promise<Chart | undefined> {
  const measure = columns.find(({ drawn }) => drawn) ?? columns.find(({ kind }) => NUMBERS.includes(kind))
  if (!measure || rows.length === 0) return undefined
  // Loaded when needed: few processes draw.
  const [Plot, { parseHTML }] = await Promise.all([import('@observablehq/plot'), import('linkedom')])
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const { shown, ...drawing } = draw(Plot, columns, measure, rows)
  const svg = Plot.plot({ document, width: WIDTH_PX, style: { fontSize: `${FONT_SIZE_PX}px` }, ...drawing }).outerHTML
  return { svg, shown }
}

function draw(Plot: Plot, columns: Column[], measure: Column, rows: Row[]): Drawing {
  const [first, second] = columns
  const shares = columns.filter(({ kind }) => kind === 'share')
  if (first?.kind === 'time' && shares.length >= MIN_SHARES)
    return cohorts(Plot, first, shares, rows.slice(0, MAX_COHORTS))
  if (first?.kind === 'time') return line(Plot, first, measure, rows.slice(0, MAX_POINTS))
  if (first && second && isGrid(first, second, measure, columns, rows)) return grid(Plot, first, second, measure, rows)
  return bars(Plot, columns, measure, rows.slice(0, MAX_BARS))
}

/** Whether the rows give a number for each pair of two dimensions, such as weekday and hour. */
function isGrid(first: Column, second: Column, measure: Column, columns: Column[], rows: Row[]): boolean {
  const isDimension = ({ kind, drawn }: Column) => (kind === 'text' || kind === 'count') && !drawn
  const pairs = new Set(rows.map(row => JSON.stringify([row[first.name], row[second.name]])))
  const lines = new Set(rows.map(row => row[first.name]))
  return (
    columns[2] === measure &&
    rows.length <= MAX_POINTS &&
    isDimension(first) &&
    isDimension(second) &&
    pairs.size === rows.length &&
    lines.size < rows.length
  )
}

function cohorts(Plot: Plot, time: Column, shares: Column[], rows: Row[]): Drawing {
  const textOf = (value: unknown) => (value == null ? '' : `${Math.round(Number(value) * 100)} %`)
  const cells = rows.flatMap(row =>
    shares.map(({ name }) => ({
      line: cellText(row[time.name], 'time'),
      column: wordsOf(name),
      value: row[name],
      text: textOf(row[name]),
    })),
  )
  return { shown: rows.length, ...heatMap(Plot, cells) }
}

function grid(Plot: Plot, first: Column, second: Column, measure: Column, rows: Row[]): Drawing {
  const cells = rows.map(row => ({
    line: cellText(row[first.name], first.kind),
    column: cellText(row[second.name], second.kind),
    value: row[measure.name],
    text: '',
  }))
  return { shown: rows.length, ...heatMap(Plot, cells) }
}

interface Cell {
  line: string
  column: string
  value: unknown
  text: string
}

function heatMap(Plot: Plot, cells: Cell[]): Omit<Drawing, 'shown'> {
  const lines = [...new Set(cells.map(({ line }) => line))]
  const max = Math.max(...cells.map(({ value }) => Number(value ?? 0)))
  const drawn = cells.filter(({ value }) => value != null)
  const share = ({ value }: Cell) => (max > 0 ? Number(value) / max : 0)
  return {
    height: 60 + 26 * lines.length,
    marginRight: 10,
    marginLeft: 20 + CHARACTER_WIDTH_PX * Math.max(...lines.map(line => line.length)),
    x: { label: null, domain: [...new Set(drawn.map(({ column }) => column))], tickSize: 0 },
    y: { label: null, domain: lines, tickSize: 0 },
    marks: [
      Plot.cell(drawn, { x: 'column', y: 'line', fill: ACCENT, fillOpacity: share, inset: 0.5 }),
      Plot.text(drawn, { x: 'column', y: 'line', text: 'text', fill: cell => (share(cell) > 0.5 ? PAPER : TEXT) }),
    ],
  }
}

function line(Plot: Plot, time: Column, measure: Column, rows: Row[]): Drawing {
  const points = { x: time.name, y: measure.name, stroke: ACCENT }
  return {
    shown: rows.length,
    height: 280,
    marginRight: 20,
    marginLeft: 60,
    x: { label: null, type: 'utc' },
    y: { label: null, grid: true, zero: true },
    marks: [Plot.ruleY([0]), Plot.lineY(rows, points), Plot.dot(rows, { ...points, r: 2, fill: ACCENT })],
  }
}

function bars(Plot: Plot, columns: Column[], measure: Column, rows: Row[]): Drawing {
  const bars = rows.map((row, i) => ({
    i,
    label: labelOf(row, columns, measure),
    value: Number(row[measure.name] ?? 0),
    text: cellText(row[measure.name], measure.kind),
  }))
  const longest = Math.max(...bars.map(({ label }) => label.length))
  return {
    shown: rows.length,
    height: 20 + 24 * bars.length,
    marginRight: 70,
    marginLeft: 20 + CHARACTER_WIDTH_PX * longest,
    x: { axis: null, domain: [0, Math.max(1e-9, ...bars.map(({ value }) => value))] },
    // Labels may be equal.
    y: { label: null, domain: bars.map(({ i }) => i), tickFormat: (i: number) => bars[i]?.label ?? '', tickSize: 0 },
    marks: [
      Plot.barX(bars, { x: 'value', y: 'i', fill: ACCENT, insetTop: 1, insetBottom: 1 }),
      Plot.text(bars, { x: 'value', y: 'i', text: 'text', textAnchor: 'start', dx: 6 }),
    ],
  }
}

/** Returns what names a row: its texts before the number, or its first value. */
function labelOf(row: Row, columns: Column[], measure: Column): string {
  const before = columns
    .slice(0, columns.indexOf(measure))
    .filter(({ kind }) => !NUMBERS.includes(kind) && kind !== 'series')
  const texts = before.filter(({ kind }) => kind !== 'image').map(({ name, kind }) => cellText(row[name], kind))
  const named = texts.filter(text => text !== '').slice(0, 3)
  const [first] = columns
  const label = named.length > 0 ? named.join(' · ') : cellText(row[first?.name ?? ''], first?.kind ?? 'text')
  return label.length > MAX_LABEL_LENGTH ? `${label.slice(0, MAX_LABEL_LENGTH - 1)}…` : label
}
