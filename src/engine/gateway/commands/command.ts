import { BSON } from 'mongodb'
import type pg from 'pg'
import type { KeyedMutex } from '../../../lib/keyed-mutex.ts'
import type { BinaryRow } from '../copy.ts'
import type { CursorConnections } from '../cursors/cursor-connections.ts'
import type { OpenCursors } from '../cursors/open-cursors.ts'
import { CommandError } from '../errors/command-error.ts'
import type { Operations } from '../operations.ts'
import type { Request } from '../protocol/request.ts'
import { bytesOf, type Row, type Value } from '../sql.ts'

const INTERNAL_ERROR = 1

/** The resources of a command. */
export interface Context {
  pool: pg.Pool
  cursors: OpenCursors
  cursorConnections: CursorConnections
  /** Serializes multi-document writes to a collection. */
  mutex: KeyedMutex
  operations: Operations
  /** Runs a statement, within the command's transaction if it has one. */
  run(text: string, values: Value[]): Promise<Row[]>
  /** Runs a query as `run` does, and returns its rows in binary format. */
  copy(text: string): Promise<BinaryRow[]>
  /** Must be called with each connection that executes statements of the command otherwise. */
  onConnection(connection: pg.ClientBase): void
}

export type Reply = Buffer | BSON.Document
/** Executes a command. @throws CommandError */
export type Command = (request: Request, context: Context) => Promise<Reply>

/** Returns the collection that a command names. */
export function collectionOf({ body, name }: Request): string {
  return String(body[name])
}

/** Returns a command that selects one column of a table function's only row. */
export function selectFrom(call: string, column: string): Command {
  return async ({ db, raw }, { run }) => documentOf((await run(`SELECT ${column} FROM ${call}`, [db, raw]))[0])
}

/** Calls a function of `documentdb_api` that returns one document. */
export async function callFunction({ run }: Context, call: string, values: Value[]): Promise<Reply> {
  return documentOf((await run(`SELECT documentdb_api.${call}`, values))[0])
}

/** Serializes a document. */
export function serialize(document: BSON.Document): Buffer {
  return Buffer.from(BSON.serialize(document))
}

/** Returns the document in the first column of a row. @throws CommandError 1 (InternalError) when there is none */
export function documentOf(row: Row | undefined): Buffer {
  return existing(bytesOf(row?.[0]))
}

/** Returns a document. @throws CommandError 1 (InternalError) when there is none */
export function existing(document: Buffer | null | undefined): Buffer {
  if (!document) throw new CommandError(INTERNAL_ERROR, 'the database returned no document')
  return document
}
