import { Swatch } from '../../swatch.tsx'
import type { TimePoint } from '../line.ts'
import { timeOf } from '../point-times.ts'
import { valuesAt } from '../values.ts'
import type { PlotProps } from './props.ts'
import styles from './tooltip.module.css'

/** The point under the cursor, and where it is in the plot, in CSS pixels. */
export interface Pointed {
  index: number
  left: number
}

interface TooltipProps<Point extends TimePoint> extends PlotProps<Point> {
  pointed: Pointed
  /** Where the plot begins, beside its axis. */
  offset: number
}

/** The exact numbers of the point under the cursor, beside it. */
export function Tooltip<Point extends TimePoint>({ pointed: { index, left }, offset, ...plot }: TooltipProps<Point>) {
  const { points, interval, unsettledFrom } = plot
  const isRight = index > points.length / 2
  return (
    <div
      class={styles.tooltip}
      data-side={isRight ? 'left' : 'right'}
      style={{ left: offset + left }}
      aria-hidden="true"
    >
      <p class={styles.time}>{timeOf(points, index, interval)}</p>
      {valuesAt(plot, index).map(({ name, title, colour, text }) => (
        <p key={name} class={styles.value}>
          <Swatch colour={colour} />
          <span>{title}</span>
          <b>{text}</b>
        </p>
      ))}
      {index >= unsettledFrom && <p class={styles.note}>Still being counted</p>}
    </div>
  )
}
