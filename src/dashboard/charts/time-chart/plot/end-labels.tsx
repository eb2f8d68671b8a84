import type uPlot from 'uplot'
import { Swatch } from '../../swatch.tsx'
import type { Line } from '../line.ts'
import { hasEndLabels } from './options.ts'
import styles from './plot.module.css'
import { spread } from './spread.ts'

/** Least distance of two labels, and from the end of a line, in CSS pixels. */
const GAP = { between: 16, before: 6 }

/** The name of a line at its end. */
export interface EndLabel {
  name: string
  title: string
  colour: string
  left: number
  top: number
}

/** Returns the names of lines at their ends, apart from each other; none where there is no room. */
export function labelsOf<Point>(plot: uPlot, lines: readonly Line<Point>[]): EndLabel[] {
  const { over } = plot
  if (!hasEndLabels(plot.width) || lines.length * GAP.between > over.clientHeight) return []
  const ends = lines.map((_, index) => plot.valToPos(lastOf(plot.data[index + 1]), 'y'))
  const tops = spread(ends, GAP.between, over.clientHeight)
  const left = over.offsetLeft + over.clientWidth + GAP.before
  return lines.map(({ name, title, colour }, index) => ({
    name,
    title,
    colour,
    left,
    top: over.offsetTop + (tops[index] ?? 0),
  }))
}

/** The names of lines at their ends. */
export function EndLabels({ labels }: { labels: EndLabel[] }) {
  return (
    <div class={styles.labels} aria-hidden="true">
      {labels.map(({ name, title, colour, left, top }) => (
        <span key={name} class={styles.label} style={{ left, top }}>
          <Swatch colour={colour} />
          {title}
        </span>
      ))}
    </div>
  )
}

function lastOf(values: uPlot.AlignedData[number] | undefined): number {
  return [...(values ?? [])].findLast(value => value != null) ?? 0
}
