import type { Interval, Line, TimePoint } from '../line.ts'

/** What a plot shows. */
export interface PlotProps<Point extends TimePoint> {
  label: string
  points: readonly Point[]
  lines: readonly Line<Point>[]
  interval: Interval
  /** The index of the first point that is still being counted. */
  unsettledFrom: number
  /** Writes a value. */
  format(value: number): string
  /** Whether values are whole numbers. */
  isWhole: boolean
  /** Is told the range of time that the reader selects. */
  onSelect?: ((from: Date, to: Date) => void) | undefined
}
