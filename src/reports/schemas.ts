import { type Static, type TSchema, Type } from '@fastify/type-provider-typebox'
import { oneOf, orNull, Time } from '../http/schemas.ts'
import { type Column, KINDS, type Report } from './report.ts'
import { FILE_FORMATS } from './report-file.ts'
import { inColumns, type ReportResult } from './run-report.ts'

const ANSWER_FORMATS = ['json', ...FILE_FORMATS] as const

const ColumnSchema = Type.Object({ name: Type.String(), kind: oneOf(KINDS), about: Type.String() })

export const ReportList = Type.Object({
  items: Type.Array(
    Type.Object({
      name: Type.String(),
      question: Type.String(),
      cost: Type.String(),
      own: Type.Boolean({ description: 'whether it is a file of `REPORTS_DIR`' }),
      parameters: Type.Array(
        Type.Object({
          name: Type.String(),
          about: Type.String(),
          type: oneOf(['string', 'integer', 'number', 'boolean']),
          values: Type.Optional(Type.Array(Type.String(), { description: 'the allowed ones, where not all are' })),
          default: Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]),
        }),
      ),
      columns: Type.Array(ColumnSchema),
    }),
  ),
  broken: Type.Optional(
    Type.Array(Type.Object({ file: Type.String(), fault: Type.String() }), {
      description: 'for admins: the files of `REPORTS_DIR` that are not reports',
    }),
  ),
})
export type ReportList = Static<typeof ReportList>

export const ReportSchema = Type.Object({
  name: Type.String(),
  from: orNull(Time),
  to: orNull(Time),
  tz: Type.Union([Type.String(), Type.Null()], {
    description: 'the zone whose hours, days, weeks or months the period is rounded to',
  }),
  before: Type.Optional(
    Type.Object({ from: Time, to: Time }, { description: 'Only with `compare`: the other period' }),
  ),
  asOf: Time,
  columns: Type.Array(ColumnSchema),
  rows: Type.Array(Type.Record(Type.String(), Type.Unknown(), { description: 'a value or null for each column' })),
})
export type ReportSchema = Static<typeof ReportSchema>

/**
 * Returns the schema of the query of all reports: every parameter, as text. `readParams` checks them against the report; own reports that
 * come later may have others.
 */
export function reportQuery(reports: Report[]) {
  const names = reports.flatMap(report => parametersOf(report).map(({ name, about }) => [name, textOf(about)]))
  return Type.Object(
    {
      ...Object.fromEntries(names),
      format: Type.Optional(oneOf(ANSWER_FORMATS)),
      compare: textOf(
        'the period to compare with: previous, the one of equal length before, or two times such as 2026-10-01..2026-10-08',
      ),
    },
    { additionalProperties: Type.String({ maxLength: 100 }) },
  )
}

/** Describes the parameters of a report. */
export function parametersOf({ schema }: Report) {
  return Object.entries(schema.properties).map(([name, property]) => {
    const {
      description = '',
      type = 'string',
      enum: values,
      default: defaultValue = null,
    } = property as TSchema & Described
    const about = values ? `${description}: ${values.join(', ')}` : description
    return { name, about, type, ...(values && { values }), default: defaultValue }
  })
}

interface Described {
  description?: string
  type?: 'string' | 'integer' | 'number' | 'boolean'
  enum?: string[]
  default?: string | number | boolean
}

/** Returns a column in the form of the API. */
export function wireColumn({ name, kind, about }: Column) {
  return { name, kind, about }
}

/** Returns the result of a report in the form of the API. */
export function wireReport({ from, to, tz, before, asOf, columns, rows, name }: ReportResult) {
  const time = (date: Date | null) => date?.toISOString() ?? null
  return {
    name,
    from: time(from),
    to: time(to),
    tz,
    ...(before ? { before: { from: before.from.toISOString(), to: before.to.toISOString() } } : {}),
    asOf: asOf.toISOString(),
    columns: columns.map(wireColumn),
    rows: rows.map(row => inColumns(row, columns)),
  }
}

function textOf(description: string) {
  return Type.Optional(Type.String({ maxLength: 100, description }))
}
