import mongoose from 'mongoose'
import type { Column, Kind, Row } from '../report.ts'
import { ReportFault } from './report-fault.ts'

const { Decimal128, Long } = mongoose.mongo.BSON

/**
 * Returns rows with the values of their columns, each of the kind of its column; a missing value is null.
 * @throws ReportFault that names the first column with another value
 */
export function typedRows(rows: Row[], columns: Column[]): Row[] {
  return rows.map(row =>
    Object.fromEntries(
      columns.map(({ name, kind }) => {
        const value = typed(row[name] ?? null, kind)
        if (value !== undefined) return [name, value]
        const found = JSON.stringify(row[name])?.slice(0, 100)
        throw new ReportFault(`the column ${name} contains ${found}, which is not of the kind ${kind}`)
      }),
    ),
  )
}

/** Returns a value as the kind wants it; undefined when it is of another kind. */
function typed(value: unknown, kind: Kind): unknown {
  if (value === null) return null
  if (kind === 'text') return textOf(value)
  if (kind === 'time') return value instanceof Date ? value : undefined
  if (kind === 'image' || kind === 'title' || kind === 'person') return typeof value === 'string' ? value : undefined
  if (kind === 'series') return seriesOf(value)
  const number = numberOf(value)
  return kind === 'count' && !Number.isSafeInteger(number) ? undefined : number
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function seriesOf(value: unknown): unknown {
  if (!Array.isArray(value)) return undefined
  const numbers = value.map(item => (item === null ? null : numberOf(item)))
  return numbers.includes(undefined) ? undefined : numbers
}

/** Returns a number of any type of the database. */
function numberOf(value: unknown): number | undefined {
  const number = value instanceof Long || value instanceof Decimal128 ? Number(value.toString()) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}
