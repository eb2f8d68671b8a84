import { ArrowDown, ArrowUp } from 'lucide-preact'
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import styles from './table.module.css'

/** What a column is sorted by. */
type Sortable = string | number | boolean | null | undefined

/** A column of a table. */
export interface Column<Row> {
  /** Names the column, also in the order of the table. */
  name: string
  title: string
  /** Numbers stand at the right, and are sorted largest first. */
  isNumber?: boolean
  /** So do the buttons of a row. */
  isAction?: boolean
  cell(row: Row): ComponentChildren
  /** Allows to sort by the column. */
  sortBy?(row: Row): Sortable
}

interface TableProps<Row> {
  /** Names the table for screen readers. */
  label: string
  columns: Column<Row>[]
  rows: Row[]
  keyOf(row: Row): string | number
}

interface Order {
  name: string
  isDescending: boolean
}

/** A table. Its columns sort it; it scrolls sideways where it is wider than the page. */
export function Table<Row>({ label, columns, rows, keyOf }: TableProps<Row>) {
  const [order, setOrder] = useState<Order>()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls what has the focus
    <section class={styles.frame} aria-label={label} tabIndex={0}>
      <table class={styles.table}>
        <thead>
          <tr>
            {columns.map(column => (
              <Heading key={column.name} column={column} order={order} onOrder={setOrder} />
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted(rows, columns, order).map(row => (
            <tr key={keyOf(row)}>
              {columns.map(({ name, isNumber, isAction, cell }) => (
                <td key={name} class={isNumber || isAction ? styles.end : undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

interface HeadingProps<Row> {
  column: Column<Row>
  order: Order | undefined
  onOrder(order: Order): void
}

function Heading<Row>({ column: { name, title, isNumber, sortBy }, order, onOrder }: HeadingProps<Row>) {
  const isSorted = order?.name === name
  const Arrow = isSorted && !order.isDescending ? ArrowUp : ArrowDown
  const next = { name, isDescending: isSorted ? !order.isDescending : isNumber === true }
  return (
    <th
      scope="col"
      class={isNumber ? styles.end : undefined}
      aria-sort={isSorted ? (order.isDescending ? 'descending' : 'ascending') : undefined}
    >
      {sortBy ? (
        <button type="button" class={styles.sort} onClick={() => onOrder(next)}>
          {title}
          <Arrow class={styles.arrow ?? ''} data-shown={isSorted} aria-hidden="true" />
        </button>
      ) : (
        title
      )}
    </th>
  )
}

function sorted<Row>(rows: Row[], columns: Column<Row>[], order: Order | undefined): Row[] {
  const sortBy = columns.find(({ name }) => name === order?.name)?.sortBy
  if (!order || !sortBy) return rows
  const sign = order.isDescending ? -1 : 1
  return rows.toSorted((a, b) => sign * compare(sortBy(a), sortBy(b)))
}

/** Compares two values; those that are missing come first. */
function compare(a: Sortable, b: Sortable): number {
  if (a == null || b == null) return Number(a != null) - Number(b != null)
  if (typeof a === 'string' && typeof b === 'string') return a.localeCompare(b)
  return Number(a) - Number(b)
}
