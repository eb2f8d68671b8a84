import type mongoose from 'mongoose'

type Document = mongoose.mongo.BSON.Document

/**
 * A question to a server of which MongoDB's answer is known. Plain numbers that are integral are of type int; the other types have
 * constructors in `values.ts`. The collection of a row is `docs`, and a second one is `other`.
 */
export type Row = (ExpressionRow | PipelineRow | WritingRow | FilterRow | FindRow | UpdateRow | CommandRow) &
  MongoDbAnswer & {
    /** How DocumentDB behind the gateway answers instead, as in docs/engine.md. */
    deviates?: string
  }

/** A value, `undefined` for none, or the code of an error. */
type MongoDbAnswer = { gives: unknown } | { code: number }

/** Asks for the value of an expression in a document. */
export interface ExpressionRow {
  given?: Document
  expression: unknown
}

/** Asks for the documents that a pipeline returns. */
export interface PipelineRow {
  given: Document[]
  other?: Document[]
  indexes?: Document[]
  pipeline: Document[]
}

/** Asks for the documents of `other`, in the order of their `_id`s, after a pipeline has written to it. */
export interface WritingRow {
  given: Document[]
  other: Document[]
  writes: Document[]
}

/** Asks which documents match a filter; the answer is their `_id`s in ascending order. */
export interface FilterRow {
  given: Document[]
  filter: Document
}

/** Asks for the documents that a `find` command with these options returns. */
export interface FindRow {
  given: Document[]
  indexes?: Document[]
  find: Document
}

/** Asks for a document, without its `_id`, after an update; without `given` for the document that an upsert inserts. */
export interface UpdateRow {
  given?: Document
  filter?: Document
  update: Document | Document[]
  arrayFilters?: Document[]
}

/** Asks for the reply to a command. Only the fields that `gives` names are compared. */
export interface CommandRow {
  given: Document[]
  other?: Document[]
  indexes?: Document[]
  command: Document
}
