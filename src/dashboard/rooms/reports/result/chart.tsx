import type { Image, Report } from '../../../api/types.ts'
import { type Bar, Bars } from '../../../charts/bars.tsx'
import type { Interval } from '../../../charts/time-chart/line.ts'
import { TimeChart } from '../../../charts/time-chart/time-chart.tsx'
import { day } from '../../../format/times.ts'
import { nameOf } from '../../../ui/data/picture.tsx'
import { Section } from '../../../ui/layout/room.tsx'
import { formatOf, hasShades, isNumeric, type ReportColumn, type Row, wordsOf } from './columns.ts'

/** More bars than these are read in the table. */
const MAX_BARS = 12
const HOUR_MS = 3_600_000
const LENGTHS: [Interval, number][] = [
  ['month', 28 * 24],
  ['week', 7 * 24],
  ['day', 23],
]

/** The number of a row, and when its time begins. */
interface Point {
  start: string
  value: number
}

interface ChartProps {
  report: Report
  images: Map<string, Image>
}

/** Draws the first number of a report: over time where its rows have times, else as bars. Shares are shaded in the table instead. */
export function Chart({ report: { columns, rows, asOf }, images }: ChartProps) {
  const measure = columns.find(({ kind }) => isNumeric(kind))
  const time = columns.find(({ kind, name }) => kind === 'time' && name === 'start')
  if (!measure || rows.length < 2 || hasShades(columns)) return null
  const starts = time ? rows.map(row => String(row[time.name] ?? '')) : []
  return (
    <Section title={wordsOf(measure.name)}>
      {starts.length > 0 && starts.every(start => start !== '') ? (
        <Line measure={measure} rows={rows} starts={starts} asOf={asOf} />
      ) : (
        <Bars label={wordsOf(measure.name)} bars={barsOf(columns, rows, measure, images)} format={formatOf(measure)} />
      )}
    </Section>
  )
}

interface LineProps {
  measure: ReportColumn
  rows: Row[]
  starts: string[]
  /** What follows is not counted yet. */
  asOf: string
}

function Line({ measure, rows, starts, asOf }: LineProps) {
  const { name } = measure
  const points: Point[] = rows.map((row, index) => ({ start: starts[index] ?? '', value: Number(row[name] ?? 0) }))
  const title = wordsOf(name)
  return (
    <TimeChart<Point>
      label={title}
      points={points}
      lines={[{ name, title, colour: '--accent', value: ({ value }) => value }]}
      interval={intervalOf(starts)}
      settledTo={asOf}
      format={formatOf(measure)}
    />
  )
}

/** Returns how far apart the rows are. */
function intervalOf([first = '', second = '']: string[]): Interval {
  const hours = Math.abs(Date.parse(second) - Date.parse(first)) / HOUR_MS
  return LENGTHS.find(([, length]) => hours >= length)?.[0] ?? 'hour'
}

/** Returns the bars of the first rows, which the words and images before the number name. */
function barsOf(columns: ReportColumn[], rows: Row[], measure: ReportColumn, images: Map<string, Image>): Bar[] {
  const naming = columns.slice(0, columns.indexOf(measure)).filter(({ kind }) => kind !== 'title')
  const textOf = (row: Row, { name, kind }: ReportColumn) => {
    const text = String(row[name] ?? '')
    if (kind === 'time' && text !== '') return day(new Date(text))
    const image = kind === 'image' ? images.get(text) : undefined
    return image ? nameOf(image) : text
  }
  return rows.slice(0, MAX_BARS).map((row, index) => {
    const words = naming.map(column => textOf(row, column)).filter(text => text !== '')
    return { name: String(index), label: words.join(', '), value: Number(row[measure.name] ?? 0) }
  })
}
