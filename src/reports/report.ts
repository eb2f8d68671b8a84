import { type Static, type TObject, type TProperties, Type } from '@fastify/type-provider-typebox'
import type { mongo } from 'mongoose'
import { strict } from '../http/schemas.ts'
import { type Period, type TimeRule, timeParams } from './report-period.ts'

/**
 * Kinds of columns. `image`: id of an image; `title`: title of the image in the column `of`; `person`: a pseudonym; `count`: an
 * integer; `share`: 0 to 1; `ms`: milliseconds; `series`: a number for each hour, day or month.
 */
export const KINDS = ['text', 'time', 'image', 'title', 'person', 'count', 'number', 'share', 'ms', 'series'] as const
export type Kind = (typeof KINDS)[number]

/** A column of a report. */
export interface Column {
  name: string
  kind: Kind
  about: string
  /** For a title: the column with its image. */
  of?: string
  /** The command line shows the numbers as bars. */
  drawn?: true
}

export type Row = Record<string, unknown>
export const COLLECTIONS = ['events', 'rollups', 'feedback', 'images', 'comments'] as const
export type Collection = (typeof COLLECTIONS)[number]

/**
 * A report: a question, and how it is answered. `pipeline` and `finish` are pure functions. A pipeline on `events` begins with its
 * $match and gets each event that counts once.
 */
export interface Report {
  name: string
  question: string
  cost: string
  schema: TObject
  time: TimeRule | undefined
  columns: Column[]
  collection: Collection
  /** @param personKey by which own reports hash people */
  pipeline(params: ReportParams, personKey: string): mongo.Document[]
  /** Does what the database can not: merge sketches, combine small groups, fill gaps. */
  finish?(rows: Row[], params: ReportParams): Row[]
  /** It is a file of `REPORTS_DIR`, whose pipeline the database may refuse. */
  isOwn?: true
}

/** Validated parameters and the period; all time for a report without one. */
export type ReportParams = Record<string, unknown> & Period

interface Spec<Properties extends TProperties, Found> extends Pick<Report, 'name' | 'question' | 'cost' | 'columns'> {
  collection: Collection
  time?: TimeRule
  params: Properties
  pipeline(params: Static<TObject<Properties>> & Period, personKey: string): mongo.Document[]
  finish?(rows: Found[], params: Static<TObject<Properties>> & Period): Row[]
}

/** Defines a report; one with a `time` gets the parameters `since` and `until`. */
export function defineReport<Properties extends TProperties, Found = Row>({
  params,
  time,
  ...spec
}: Spec<Properties, Found>): Report {
  // The types of rows and parameters follow from pipeline and schema; the catalogue of all reports can not express them.
  const parts = spec as unknown as Pick<Report, 'name' | 'question' | 'cost' | 'columns' | 'collection' | 'pipeline'>
  return { ...parts, time, schema: strict({ ...(time ? timeParams(time) : {}), ...params }) }
}

/** Returns the schema of the parameter `limit`. */
export function limitParam(defaultLimit = 20) {
  return Type.Integer({ minimum: 1, maximum: 1000, default: defaultLimit, description: 'maximum number of rows' })
}
