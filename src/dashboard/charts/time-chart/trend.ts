/** Number of points that a small line has room for. */
const POINTS = 28

/** Returns the course of values in few points: means of neighbours. Values that are not known are left out. */
export function trendOf(values: readonly (number | null | undefined)[]): number[] {
  const width = Math.max(1, Math.ceil(values.length / POINTS))
  const starts = Array.from({ length: Math.ceil(values.length / width) }, (_, index) => index * width)
  return starts.flatMap(start => {
    const known = values.slice(start, start + width).filter(value => value != null)
    return known.length === 0 ? [] : [known.reduce((sum, value) => sum + value, 0) / known.length]
  })
}
