import { count } from '../../format/numbers.ts'
import { minute } from '../../format/times.ts'
import { LoadedPart } from '../../ui/feedback/loaded-part.tsx'
import { Swatch } from '../swatch.tsx'
import type { Interval, Line, TimePoint } from './line.ts'
import { firstUnsettled } from './point-times.ts'
import { SeriesTable } from './series-table.tsx'
import styles from './time-chart.module.css'

interface TimeChartProps<Point extends TimePoint> {
  /** Names the chart, as in "Events". */
  label: string
  /** Undefined while they are read. */
  points: readonly Point[] | undefined
  lines: readonly Line<Point>[]
  interval: Interval
  /** Up to when everything is counted: what follows is marked. */
  settledTo?: string | undefined
  /** Writes a value, of all lines; whole numbers by default. */
  format?: (value: number) => string
  /** Is told the range of time that the reader selects. */
  onSelect?: (from: Date, to: Date) => void
  /** As a length in CSS. */
  height?: string
  /** Whether the names of lines stand below where they do not fit at their ends: not where something else names the colours. */
  legend?: boolean
}

const load = () => import('./plot/plot.tsx')

/** Lines over time, with a table of the same numbers. Both of them take their room at once. */
export function TimeChart<Point extends TimePoint>(props: TimeChartProps<Point>) {
  const { label, points, lines, interval, settledTo, onSelect } = props
  const { format = count, height = 'var(--chart)', legend = true } = props
  const unsettledFrom = points ? firstUnsettled(points, interval, settledTo) : 0
  const shown = { label, lines, interval, format }
  return (
    <figure class={styles.chart}>
      <div class={styles.plot} style={{ height }}>
        <LoadedPart load={load} height={height} isReady={points !== undefined}>
          {({ default: Plot }) =>
            points && (
              <Plot
                {...shown}
                points={points}
                unsettledFrom={unsettledFrom}
                isWhole={format === count}
                onSelect={onSelect}
              />
            )
          }
        </LoadedPart>
      </div>
      {legend && <Legend lines={lines} />}
      <figcaption class={styles.foot}>
        <SeriesTable {...shown} points={points ?? []} />
        {points && unsettledFrom < points.length && settledTo && (
          <span class={styles.note}>Hatched: still being counted since {minute(new Date(settledTo))}</span>
        )}
      </figcaption>
    </figure>
  )
}

function Legend<Point>({ lines }: { lines: readonly Line<Point>[] }) {
  return (
    <ul class={styles.legend} aria-label="Lines">
      {lines.map(({ name, title, colour }) => (
        <li key={name} class={styles.entry}>
          <Swatch colour={colour} />
          {title}
        </li>
      ))}
    </ul>
  )
}
