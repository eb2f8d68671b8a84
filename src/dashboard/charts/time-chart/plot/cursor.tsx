import type { JSX } from 'preact'
import type { TimePoint } from '../line.ts'
import { timeOf } from '../point-times.ts'
import { valuesAt } from '../values.ts'
import styles from './plot.module.css'
import type { PlotProps } from './props.ts'

const PAGE = 24

interface PlotCursorProps<Point extends TimePoint> extends PlotProps<Point> {
  index: number | null
  onMove(index: number | null): void
}

/** Moves through the points of a plot by the keyboard; screen readers read out the point. */
export function PlotCursor<Point extends TimePoint>({ index, onMove, ...plot }: PlotCursorProps<Point>) {
  const { label, points, interval } = plot
  const last = points.length - 1
  if (last < 0) return null
  const at = Math.min(index ?? last, last)

  function onKeyDown(event: JSX.TargetedKeyboardEvent<HTMLDivElement>) {
    if (event.key === 'Escape') return onMove(null)
    const next = nextOf(event.key, at, last)
    if (next === undefined) return
    event.preventDefault()
    onMove(Math.min(last, Math.max(0, next)))
  }

  return (
    <div
      class={styles.cursor}
      role="slider"
      tabIndex={0}
      aria-label={`${label}: point in time`}
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={at}
      aria-valuetext={textOf(plot, at, timeOf(points, at, interval))}
      onKeyDown={onKeyDown}
      onFocus={() => onMove(at)}
      onBlur={() => onMove(null)}
    />
  )
}

function nextOf(key: string, at: number, last: number): number | undefined {
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return at - 1
    case 'ArrowRight':
    case 'ArrowUp':
      return at + 1
    case 'PageUp':
      return at + PAGE
    case 'PageDown':
      return at - PAGE
    case 'Home':
      return 0
    case 'End':
      return last
    default:
      return undefined
  }
}

function textOf<Point extends TimePoint>(plot: PlotProps<Point>, at: number, time: string): string {
  return [time, ...valuesAt(plot, at).map(({ title, text }) => `${title} ${text}`)].join(', ')
}
