import { SearchX } from 'lucide-preact'
import type { Image, Report } from '../../../api/types.ts'
import { useImages } from '../../../charts/numbers/use-images.ts'
import { minute } from '../../../format/times.ts'
import { counted } from '../../../format/words.ts'
import { type Column, Table } from '../../../ui/data/table.tsx'
import { Empty } from '../../../ui/feedback/empty.tsx'
import { Cell } from './cell.tsx'
import { Chart } from './chart.tsx'
import { hasShades, isNumeric, type ReportColumn, type Row, wordsOf } from './columns.ts'
import styles from './result.module.css'
import { Shade } from './shade.tsx'

/** The API finds so many images at once. */
const MAX_IMAGES = 100

/** The rows of a report as a table that sorts; a row about an image shows the image. */
export function Result({ report }: { report: Report }) {
  const { columns, rows, asOf } = report
  const images = useImages(imageIdsOf(report))
  if (rows.length === 0) {
    return (
      <Empty icon={SearchX} title="The report has no rows.">
        <p>Choose a longer period, or fewer conditions.</p>
      </Empty>
    )
  }
  return (
    <>
      <p class={styles.summary}>
        {counted(rows.length, 'row')}, {periodOf(report)}, as of {minute(new Date(asOf))}
      </p>
      <Chart report={report} images={images} />
      <Table
        label="Result"
        columns={columns.map(column => tableColumn(column, images, hasShades(columns)))}
        rows={rows}
        keyOf={keyOf(rows)}
      />
    </>
  )
}

/** Returns the ids of the images of the rows, of which the API finds so many at once. */
function imageIdsOf({ columns, rows }: Report): string[] {
  const names = columns.filter(({ kind }) => kind === 'image').map(({ name }) => name)
  const ids = new Set(rows.flatMap(row => names.map(name => String(row[name] ?? ''))))
  ids.delete('')
  return [...ids].slice(0, MAX_IMAGES)
}

function tableColumn(column: ReportColumn, images: Map<string, Image>, isShaded: boolean): Column<Row> {
  const { name, kind } = column
  return {
    name,
    title: wordsOf(name),
    isNumber: isNumeric(kind),
    cell: row =>
      isShaded && kind === 'share' ? (
        <Shade value={row[name]} />
      ) : (
        <Cell column={column} value={row[name]} images={images} />
      ),
    ...(kind !== 'series' && { sortBy: row => row[name] as string | number | null }),
  }
}

function periodOf({ from, to }: Report): string {
  return from && to ? `from ${minute(new Date(from))} to ${minute(new Date(to))}` : 'of now'
}

/** Rows have no ids: their places in the result name them. */
function keyOf(rows: Row[]): (row: Row) => number {
  const places = new Map(rows.map((row, place) => [row, place]))
  return row => places.get(row) ?? 0
}
