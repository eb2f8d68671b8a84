import { type Static, type TObject, type TProperties, Type } from '@fastify/type-provider-typebox'
import type { mongo } from 'mongoose'
import { strict } from '../http/schemas.ts'
import { type Period, type TimeRule, timeParams } from './report-period.ts'

/**
 * What stands in a column. `image`: an image's id; `title`: the title of the image in column `of`; `person`: who acted, shown as
 * a pseudonym; `count`: a whole number; `share`: 0 to 1; `ms`: milliseconds; `series`: a number for each hour, day or month.
 */
export const KINDS = ['text', 'time', 'image', 'title', 'person', 'count', 'number', 'share', 'ms', 'series'] as const
export type Kind = (typeof KINDS)[number]

/** A column of a report. */
export interface Column {
  name: string
  kind: Kind
  about: string
  /** Of a title: the column of its image. */
  of?: string
  /** A terminal draws its numbers as bars beside each other. */
  drawn?: true
}

export type Row = Record<string, unknown>
export type Collection = 'rollups' | 'events' | 'feedback'

/**
 * One question to the data. `pipeline` and `finish` are pure: the same parameters give the same stages, the same rows the same
 * answer. A pipeline on `events` begins with its $match and sees each event once.
 */
export interface Report {
  name: string
  question: string
  cost: string
  schema: TObject
  time: TimeRule | undefined
  columns: Column[]
  collection: Collection
  pipeline(asked: Asked): mongo.Document[]
  /** What the database can not do: to merge sketches, to fold small groups, to fill gaps. */
  finish?(rows: Row[], asked: Asked): Row[]
}

/** Validated parameters, and the time they mean; of all time in a report that asks for none. */
export type Asked = Record<string, unknown> & Period

interface Spec<Properties extends TProperties, Found> extends Pick<Report, 'name' | 'question' | 'cost' | 'columns'> {
  collection: Collection
  time?: TimeRule
  params: Properties
  pipeline(asked: Static<TObject<Properties>> & Period): mongo.Document[]
  finish?(rows: Found[], asked: Static<TObject<Properties>> & Period): Row[]
}

/** Makes a report of its parts; one about a time takes `since` and `until` as well. */
export function defineReport<Properties extends TProperties, Found = Row>({
  params,
  time,
  ...spec
}: Spec<Properties, Found>): Report {
  // Rows and parameters are as the pipeline and the schema say; a catalogue of all reports can not know more.
  const parts = spec as unknown as Pick<Report, 'name' | 'question' | 'cost' | 'columns' | 'collection' | 'pipeline'>
  return { ...parts, time, schema: strict({ ...(time ? timeParams(time) : {}), ...params }) }
}

/** At most so many rows. */
export function limitParam(usual = 20) {
  return Type.Integer({ minimum: 1, maximum: 1000, default: usual, description: 'at most so many rows' })
}
