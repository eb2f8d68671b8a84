import { type Static, type TProperties, Type } from '@fastify/type-provider-typebox'
import type { mongo } from 'mongoose'
import { Compile } from 'typebox/compile'
import { Problem } from '../../errors.ts'
import { UTC_TIME } from '../../events/event.ts'
import { oneOf, strict } from '../../http/schemas.ts'
import { faultIn } from '../definition-folder.ts'
import { readParams } from '../params.ts'
import {
  COLLECTIONS,
  type Collection,
  type Column,
  defineReport,
  KINDS,
  type Report,
  type ReportParams,
  type Row,
} from '../report.ts'
import { bucketsIn, type Period, type TimeRule } from '../report-period.ts'
import { bindPipeline } from './bind-pipeline.ts'
import { ReportFault } from './report-fault.ts'
import { typedRows } from './typed-rows.ts'

const DEFAULT_SINCE = '7d'
export const REPORT_NAME = /^[a-z][a-z0-9-]{0,39}$/
/** Names that stand for the period, or for options of the command line and of the route. */
const RESERVED = new Set([
  'since',
  'until',
  'from',
  'to',
  'format',
  'out',
  'help',
  'print',
  'bom',
  'new',
  'test',
  'explain',
  'compare',
  'watch',
])

const Value = Type.Union([Type.String({ maxLength: 100 }), Type.Number(), Type.Boolean()])

/** JSON Schema of a parameter. A text with the format `date-time` is a time in the pipeline. */
const Parameter = strict({
  type: oneOf(['string', 'integer', 'number', 'boolean'] as const),
  default: Value,
  description: Type.String({ minLength: 1, maxLength: 500 }),
  format: Type.Optional(oneOf(['date-time'] as const)),
  enum: Type.Optional(Type.Array(Value, { minItems: 1, maxItems: 100 })),
  minimum: Type.Optional(Type.Number()),
  maximum: Type.Optional(Type.Number()),
  minLength: Type.Optional(Type.Integer({ minimum: 0 })),
  maxLength: Type.Optional(Type.Integer({ minimum: 0 })),
  pattern: Type.Optional(Type.String()),
})

const OwnColumn = strict({
  name: Type.String({ pattern: '^[A-Za-z][A-Za-z0-9]{0,39}$' }),
  kind: oneOf(KINDS),
  about: Type.String({ minLength: 1, maxLength: 500 }),
  of: Type.Optional(Type.String()),
  drawn: Type.Optional(Type.Literal(true)),
})

/** The properties of an own report, besides what may be functions. */
const Head = strict({
  name: Type.String({ pattern: REPORT_NAME.source }),
  question: Type.String({ minLength: 1, maxLength: 500 }),
  collection: oneOf(COLLECTIONS),
  since: Type.Optional(Type.String()),
  parameters: Type.Optional(Type.Record(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9]{0,39}$' }), Parameter)),
  columns: Type.Array(OwnColumn, { minItems: 1, maxItems: 50 }),
})
type Parameters = Record<string, Static<typeof Parameter>>

const headValidator = Compile(Head)

/** An own report. A JSON file has its stages; a module may have functions of the parameters, which include the period `from` and `to`. */
export interface OwnReport extends Static<typeof Head> {
  pipeline: unknown[] | ((params: Record<string, unknown>) => unknown[])
  /** Does what the database can not. */
  finish?(rows: Row[], params: Record<string, unknown>): Row[]
}

/**
 * Makes a report of the content of a file.
 * @throws ReportFault
 */
export function ownReport(content: unknown): Report {
  const { pipeline: stages, finish, ...head } = checked(content)
  const { name, question, collection, columns, since, parameters = {} } = head
  const faults = [...columnFaults(columns), ...parameterFaults(parameters), ...periodFaults(collection, since)]
  if (faults[0]) throw new ReportFault(faults[0])
  const by = PERIODS[collection]
  const report = defineReport({
    name,
    question,
    cost: COSTS[collection],
    collection,
    columns: columns as Column[],
    ...(by ? { time: { by, since: since ?? DEFAULT_SINCE, isUtc: true } } : {}),
    params: schemasOf(parameters),
    pipeline: ({ grain, from, to, zone, ...params }, personKey) => {
      const values = { ...(by ? { from, to } : {}), ...typed(params, parameters) }
      const template = typeof stages === 'function' ? called(() => stages(values)) : stages
      const conditions = periodFilter(collection, { from, to, grain, zone })
      return bindPipeline(collection, template, conditions, { values, personKey })
    },
    finish: (rows, { grain: _, zone: _z, ...params }) => {
      const finished = finish ? called(() => finish(rows, typed(params, parameters))) : rows
      return typedRows(finished, columns as Column[])
    },
  })
  report.pipeline(defaultsOf(report), '')
  return { ...report, isOwn: true }
}

/** @throws ReportFault */
function checked(content: unknown): OwnReport {
  const { pipeline, finish, ...head } = Object(content) as OwnReport
  const fault = faultIn(headValidator, head)
  if (fault !== undefined) throw new ReportFault(fault)
  if (!Array.isArray(pipeline) && typeof pipeline !== 'function') throw new ReportFault('/pipeline must be an array')
  if (finish !== undefined && typeof finish !== 'function')
    throw new ReportFault('/finish must be a function of a module')
  return content as OwnReport
}

/** Calls a function of a module. @throws ReportFault when it throws */
function called<Result>(call: () => Result): Result {
  try {
    return call()
  } catch (error) {
    throw new ReportFault(`a function of the report failed: ${error instanceof Error ? error.message : error}`)
  }
}

/** How the collections with a period are read. */
const PERIODS: Partial<Record<Collection, TimeRule['by']>> = { events: 'log', rollups: 'sums' }

const COSTS: Record<Collection, string> = {
  events: 'Reads the events of the period, fewer where the pipeline begins with a $match.',
  rollups: 'Reads the roll-ups of the period, fewer where the pipeline begins with a $match.',
  feedback: 'Reads the feedback, less where the pipeline begins with a $match.',
  images: 'Reads the images, fewer where the pipeline begins with a $match.',
  comments: 'Reads the comments, fewer where the pipeline begins with a $match.',
}

function periodFilter(collection: Collection, period: Period): mongo.Document {
  if (collection === 'events') return { at: { $gte: period.from, $lt: period.to } }
  return collection === 'rollups' ? bucketsIn(period) : {}
}

function columnFaults(columns: Static<typeof OwnColumn>[]): string[] {
  const images = new Set(columns.filter(({ kind }) => kind === 'image').map(({ name }) => name))
  return columns.flatMap(({ name, kind, of }, i) => {
    const place = `/columns/${i}`
    if (columns.findIndex(other => other.name === name) < i) return [`${place}/name is the name of another column`]
    if (kind === 'title' && !images.has(of ?? '')) return [`${place}/of must be the name of a column of images`]
    return kind !== 'title' && of !== undefined ? [`${place}/of is only for titles`] : []
  })
}

function parameterFaults(parameters: Parameters): string[] {
  return Object.keys(parameters).flatMap(name => (RESERVED.has(name) ? [`/parameters/${name} is a reserved name`] : []))
}

function periodFaults(collection: Collection, since: string | undefined): string[] {
  return since !== undefined && !PERIODS[collection] ? [`/since is only for events and rollups`] : []
}

/** Returns the values of all parameters when none is given. */
function defaultsOf(report: Report): ReportParams {
  try {
    return readParams(report, {}, new Date())
  } catch (error) {
    if (error instanceof Problem) throw new ReportFault(`the default of ${error.detail}`)
    throw error
  }
}

function schemasOf(parameters: Parameters): TProperties {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { format, ...schema }]) => [
      name,
      Type.Unsafe(format ? { ...schema, pattern: UTC_TIME } : schema),
    ]),
  )
}

/** Returns the values with times as dates. */
function typed(params: Record<string, unknown>, parameters: Parameters): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, parameters[name]?.format ? new Date(String(value)) : value]),
  )
}
