import type uPlot from 'uplot'
import type { Line, TimePoint } from '../line.ts'

/** Returns the columns of a plot: times in seconds, the values of each line, then both edges of each band. */
export function dataOf<Point extends TimePoint>(points: readonly Point[], lines: readonly Line<Point>[]) {
  const times = points.map(({ start }) => Date.parse(start) / 1000)
  const values = lines.map(line => points.map(point => line.value(point)))
  const edges = bandsOf(lines).flatMap(({ value, error }) => [
    points.map(point => add(value(point), error(point))),
    points.map(point => add(value(point), -error(point))),
  ])
  return [times, ...values, ...edges] as uPlot.AlignedData
}

/** Returns the lines that have a band, and thereby its edges. */
export function bandsOf<Point>(lines: readonly Line<Point>[]) {
  return lines.filter((line): line is Required<Line<Point>> => line.error !== undefined)
}

function add(value: number | null, error: number): number | null {
  return value === null ? null : Math.max(0, value + error)
}
