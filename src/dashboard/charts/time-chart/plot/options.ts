import type uPlot from 'uplot'
import type { Interval, Line } from '../line.ts'
import { bandsOf } from './data.ts'
import { drawHatching } from './hatching.ts'
import type { Look } from './look.ts'
import { timeLabels } from './time-labels.ts'

/** Lines have their names at their ends in plots of at least this width, in CSS pixels. */
const WIDE = 640
const LINE_WIDTH = 2
const LABEL_GAP = 12
/** What a name at the end of a line takes besides its text. */
const END_LABEL = 22
const EDGE = 6
/** Half of a label of the axis of time, which stands out at the end. */
const HALF_TIME = 22
const TIME_AXIS = 28
/** Least distance of the labels of the axes. */
const SPACE = { time: 72, value: 40 }
const LEAST_DRAG = 8
const STEPS = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map(step => step * 10 ** power)).flat()

/** What the options of a plot depend on; the functions are called with what it shows at that time. */
export interface PlotSetup {
  lines: readonly Line<never>[]
  interval: Interval
  look: Look
  format(value: number): string
  /** Whether values are whole numbers. */
  isWhole: boolean
  /** The index of the first point that is still being counted. */
  unsettledFrom(): number
  onCursor(index: number | null, left: number): void
  onDraw(plot: uPlot): void
  /** Undefined where there is nothing to select. */
  onSelect: ((first: number, last: number) => void) | undefined
}

/** Returns the options of a plot; its size is set later. */
export function optionsOf({ lines, interval, look, ...setup }: PlotSetup): uPlot.Options {
  const { format, isWhole, unsettledFrom, onCursor, onDraw, onSelect } = setup
  const quiet = look.colour('--line')
  const axis = { stroke: look.colour('--muted'), font: look.font, ticks: { show: false } }
  const labelRoom =
    widestOf(
      lines.map(({ title }) => title),
      look.font,
    ) + END_LABEL
  return {
    width: 0,
    height: 0,
    padding: [EDGE, plot => (hasEndLabels(plot.width) ? labelRoom : HALF_TIME), 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 8, width: 2, stroke: look.colour('--ground'), fill: (_, series) => colourAt(series) },
      drag: { x: onSelect !== undefined, y: false, setScale: false, dist: LEAST_DRAG },
    },
    scales: {
      x: { range: (_, from, to) => [from, Math.max(to, from + 1)] },
      y: { range: (_, __, most) => [0, topOf(most)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: SPACE.time,
        size: TIME_AXIS,
        values: (_, times) => timeLabels(times, interval),
      },
      {
        ...axis,
        grid: { stroke: quiet, width: 1 },
        space: SPACE.value,
        size: (_, labels) => (labels ? widestOf(labels, look.font) + LABEL_GAP : 0),
        values: (_, values) => values.map(format),
        ...(isWhole && { incrs: STEPS }),
      },
    ],
    series: [
      {},
      ...lines.map(({ colour }) => ({
        stroke: look.colour(colour),
        width: LINE_WIDTH,
        points: { show: (plot: uPlot) => plot.data[0].length === 1, fill: look.colour(colour) },
      })),
      ...bandsOf(lines).flatMap(() => [EDGE_OF_BAND, EDGE_OF_BAND]),
    ],
    bands: bandsOf(lines).map(({ colour }, index) => ({
      series: [lines.length + 1 + 2 * index, lines.length + 2 + 2 * index],
      fill: `color-mix(in oklab, ${look.colour(colour)} 18%, transparent)`,
    })),
    hooks: {
      drawAxes: [plot => drawHatching(plot, unsettledFrom(), quiet)],
      draw: [onDraw],
      setCursor: [plot => onCursor(plot.cursor.idx ?? null, plot.cursor.left ?? 0)],
      setSelect: [plot => select(plot, onSelect)],
    },
  }

  function colourAt(series: number): string {
    return look.colour(lines[series - 1]?.colour ?? '--text')
  }
}

const EDGE_OF_BAND: uPlot.Series = { width: 0, points: { show: false } }

/** Whether the names of lines stand at their ends, in a plot of that width. */
export function hasEndLabels(width: number): boolean {
  return width >= WIDE
}

/** Returns the end of the axis of values, so that the highest point is not at the edge. */
function topOf(most: number | null): number {
  return most === null || most <= 0 ? 1 : most * 1.08
}

function select(plot: uPlot, onSelect: PlotSetup['onSelect']): void {
  const { left, width } = plot.select
  if (width === 0) return
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
  onSelect?.(plot.posToIdx(left), plot.posToIdx(left + width))
}

function widestOf(texts: readonly string[], font: string): number {
  const context = document.createElement('canvas').getContext('2d')
  if (!context) return 0
  context.font = font
  return Math.ceil(Math.max(0, ...texts.map(text => context.measureText(text).width)))
}
