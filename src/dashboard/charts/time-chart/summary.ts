import type { Interval, Line, TimePoint } from './line.ts'
import { timeOf } from './point-times.ts'

interface Summed<Point> {
  label: string
  points: readonly Point[]
  lines: readonly Line<Point>[]
  interval: Interval
  format(value: number): string
}

/** Returns what a chart shows, in words: the time, and the range of each line with its highest point. */
export function summaryOf<Point extends TimePoint>({ label, points, lines, interval, format }: Summed<Point>): string {
  if (points.length === 0) return `${label}: no data.`
  const time = `${timeOf(points, 0, interval)} to ${timeOf(points, points.length - 1, interval)}`
  return [`${label} by ${interval}, ${time}.`, ...lines.map(line => rangeOf(line, points, interval, format))].join(' ')
}

function rangeOf<Point extends TimePoint>(
  { title, value }: Line<Point>,
  points: readonly Point[],
  interval: Interval,
  format: (value: number) => string,
): string {
  const values = points.map(value)
  const known = values.filter(number => number !== null)
  if (known.length === 0) return `${title}: no data.`
  const most = Math.max(...known)
  const when = timeOf(points, values.indexOf(most), interval)
  return `${title}: ${format(Math.min(...known))} to ${format(most)}, the most on ${when}.`
}
