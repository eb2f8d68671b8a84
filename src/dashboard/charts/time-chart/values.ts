import type { Line } from './line.ts'

interface Shown<Point> {
  points: readonly Point[]
  lines: readonly Line<Point>[]
  format(value: number): string
}

/** A line's value at a point, in words. */
export interface ShownValue {
  name: string
  title: string
  colour: string
  text: string
}

/** Returns the values of all lines at a point. */
export function valuesAt<Point>({ points, lines, format }: Shown<Point>, index: number): ShownValue[] {
  const point = points[index]
  if (point === undefined) return []
  return lines.map(line => ({
    name: line.name,
    title: line.title,
    colour: line.colour,
    text: textOf(line, point, format),
  }))
}

/** Returns a value with its error, as in 1,234 ± 19; a dash where there is none. */
export function textOf<Point>(line: Line<Point>, point: Point, format: (value: number) => string): string {
  const value = line.value(point)
  if (value === null) return '–'
  const error = Math.round(line.error?.(point) ?? 0)
  return error === 0 ? format(value) : `${format(value)} ± ${format(error)}`
}
