import { utc } from '../../format/times.ts'
import { AsTable } from '../../ui/data/as-table.tsx'
import { type Column, Table } from '../../ui/data/table.tsx'
import type { Interval, Line, TimePoint } from './line.ts'
import { startOf, timeOf } from './point-times.ts'
import { textOf } from './values.ts'

interface SeriesTableProps<Point> {
  label: string
  points: readonly Point[]
  lines: readonly Line<Point>[]
  interval: Interval
  format(value: number): string
}

/** The numbers of a chart over time as a table. */
export function SeriesTable<Point extends TimePoint>(props: SeriesTableProps<Point>) {
  const { label, points } = props
  return (
    <AsTable>
      {() => (
        <Table label={label} columns={columnsOf(props)} rows={points.map((_, index) => index)} keyOf={index => index} />
      )}
    </AsTable>
  )
}

/** Returns the columns of the table, whose rows are the indices of points. */
function columnsOf<Point extends TimePoint>({ points, lines, interval, format }: SeriesTableProps<Point>) {
  const time: Column<number> = {
    name: 'time',
    title: 'Time',
    cell: index => (
      <time dateTime={points[index]?.start} title={utc(startOf(points, index))}>
        {timeOf(points, index, interval)}
      </time>
    ),
    sortBy: index => index,
  }
  return [time, ...lines.map(line => columnOf(line, points, format))]
}

function columnOf<Point>(
  line: Line<Point>,
  points: readonly Point[],
  format: (value: number) => string,
): Column<number> {
  const at = (index: number) => points[index] as Point
  return {
    name: line.name,
    title: line.title,
    isNumber: true,
    cell: index => textOf(line, at(index), format),
    sortBy: index => line.value(at(index)),
  }
}
