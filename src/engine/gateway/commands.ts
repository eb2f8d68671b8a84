import { BSON } from 'mongodb'
import type pg from 'pg'
import type { KeyedMutex } from '../../lib/keyed-mutex.ts'
import type { Cursors } from './cursors.ts'
import { CommandError } from './errors/command-error.ts'
import { unpackCode } from './errors/error-codes.ts'
import { duplicateKeyError, writeReply } from './errors/write-replies.ts'
import { itemsOf, type Request } from './protocol/request.ts'
import { bytesOf, query, type Row, type Value } from './sql.ts'
import { rewritePipeline } from './workarounds/pipelines.ts'
import { itemsToRetry, mergeReplies, withItems } from './workarounds/upserts-without-now.ts'

const INTERNAL_ERROR = 1
const CURSOR_NOT_FOUND = 43
const COMMAND_NOT_FOUND = 59

/** The resources of a command. */
export interface Context {
  pool: pg.Pool
  cursors: Cursors
  /** Serializes multi-document writes to a collection. */
  mutex: KeyedMutex
  /** Runs a statement, within the command's transaction if it has one. */
  run(text: string, values: Value[]): Promise<Row[]>
}

type Reply = Buffer | BSON.Document
type Command = (request: Request, context: Context) => Promise<Reply>

/** The supported commands by name. Most of them are one call of a DocumentDB function. */
export const commands: Record<string, Command> = {
  insert: write,
  update: write,
  delete: write,
  findAndModify,
  findandmodify: findAndModify,
  find: firstPage('find_cursor_first_page'),
  aggregate: firstPage('aggregate_cursor_first_page'),
  listCollections: firstPage('list_collections_cursor_first_page'),
  listIndexes: firstPage('list_indexes_cursor_first_page'),
  getMore,
  killCursors,
  count,
  distinct: selectFrom('documentdb_api.distinct_query($1, $2::bytea)', 'document'),
  validate: selectFrom('documentdb_api.validate($1, $2::bytea)', 'document'),
  create: createCollection,
  createIndexes,
  dropIndexes,
  deleteIndexes: dropIndexes,
  drop,
  dropDatabase,
  collMod: (request, context) =>
    callFunction(context, 'coll_mod($1, $2, $3::bytea)', [request.db, collectionOf(request), request.raw]),
  collStats: (request, context) =>
    callFunction(context, 'coll_stats($1, $2, $3)', [request.db, collectionOf(request), scaleOf(request)]),
  dbStats: (request, context) => callFunction(context, 'db_stats($1, $2, false)', [request.db, scaleOf(request)]),
  listDatabases: (request, context) => callFunction(context, 'list_databases($1::bytea)', [request.raw]),
  renameCollection: (request, context) => callFunction(context, 'rename_collection($1::bytea)', [request.raw]),
  currentOp: (request, context) => callFunction(context, 'current_op_command($1::bytea)', [request.raw]),
  killOp: (request, context) => callFunction(context, 'kill_op($1::bytea)', [request.raw]),
  explain,
}

const collectionOf = ({ body, name }: Request) => String(body[name])
const scaleOf = ({ body }: Request) => Number(body.scale ?? 1)

/**
 * Executes an insert, update or delete. Outside transactions, multi-document updates and deletes of a collection run one at a time,
 * since they deadlock with one another.
 */
function write(request: Request, context: Context): Promise<Reply> {
  const send = () => sendWrite(request, context)
  if (request.inTransaction) return send()
  const sendWithRetry = async () => {
    const reply = await send()
    const indexes = itemsToRetry(reply, request)
    if (indexes.length === 0) return reply
    return mergeReplies(reply, await sendWrite({ ...request, ...withItems(request, indexes) }, context), indexes)
  }
  return isMultiDocument(request)
    ? context.mutex.runExclusive(`${request.db}.${collectionOf(request)}`, sendWithRetry)
    : sendWithRetry()
}

async function sendWrite(request: Request, context: Context): Promise<BSON.Document> {
  const [row] = await context.run(`SELECT p_result FROM documentdb_api.${request.name}($1, $2::bytea, $3::bytea, $4)`, [
    request.db,
    request.raw,
    request.sequence,
    retryId(request),
  ])
  return writeReply(documentOf(row), request, context.pool)
}

/** Returns the id by which DocumentDB recognizes a repeated retryable write; null when the write is not retryable. */
function retryId({ inTransaction, session, txnNumber }: Request): string | null {
  return !inTransaction && session && txnNumber !== undefined ? `${session}:${txnNumber}` : null
}

/** Whether an update or delete may change more than one document per item. */
function isMultiDocument(request: Request): boolean {
  if (request.name === 'insert') return false
  return itemsOf(request).some(({ multi, limit }) => multi === true || limit === 0)
}

async function findAndModify(request: Request, context: Context): Promise<Reply> {
  try {
    const [row] = await context.run('SELECT p_result FROM documentdb_api.find_and_modify($1, $2::bytea, $3)', [
      request.db,
      request.raw,
      retryId(request),
    ])
    return documentOf(row)
  } catch (error) {
    throw await duplicateKeyError(error, request, context.pool)
  }
}

/** Returns a command that opens a cursor with a DocumentDB function. */
function firstPage(name: string): Command {
  return async (request, { cursors, run }) => {
    const { body } = request
    const spec =
      request.name === 'aggregate'
        ? serialize({ ...body, pipeline: rewritePipeline(body.pipeline ?? []) })
        : request.raw
    const [row] = await run(`SELECT cursorpage, continuation, cursorid FROM documentdb_api.${name}($1, $2::bytea)`, [
      request.db,
      spec,
    ])
    if (row?.[2]) cursors.set(row[2], bytesOf(row[1]))
    return documentOf(row)
  }
}

async function getMore(request: Request, { cursors, run }: Context): Promise<Reply> {
  const id = String(request.body.getMore)
  const continuation = cursors.get(id)
  if (!continuation) throw new CommandError(CURSOR_NOT_FOUND, `cursor id ${id} not found`)
  const [row] = await run(
    'SELECT cursorpage, continuation FROM documentdb_api.cursor_get_more($1, $2::bytea, $3::bytea)',
    [request.db, request.raw, continuation],
  )
  cursors.set(id, bytesOf(row?.[1]))
  return documentOf(row)
}

async function killCursors(request: Request, { cursors, pool }: Context): Promise<Reply> {
  const ids: BSON.Long[] = request.body.cursors ?? []
  const killed = ids.filter(id => cursors.delete(String(id)))
  if (killed.length > 0) await deleteCursors(pool, killed.map(String))
  return {
    cursorsKilled: killed,
    cursorsNotFound: ids.filter(id => !killed.includes(id)),
    cursorsAlive: [],
    cursorsUnknown: [],
    ok: 1,
  }
}

/** Frees the database's resources for cursors. */
export async function deleteCursors(pool: pg.Pool, ids: string[]): Promise<void> {
  await query(pool, 'SELECT documentdb_api_internal.delete_cursors($1::bigint[])', [`{${ids.join(',')}}`])
}

/** Executes `count`. Workaround: DocumentDB's count without a query lags behind; with a query it is exact. */
function count(request: Request, context: Context): Promise<Reply> {
  const hasNoQuery = Object.keys(request.body.query ?? {}).length === 0
  const raw = hasNoQuery ? serialize({ ...request.body, query: { _id: { $exists: true } } }) : request.raw
  return selectFrom('documentdb_api.count_query($1, $2::bytea)', 'document')({ ...request, raw }, context)
}

/** Returns a command that selects one column of a table function's only row. */
function selectFrom(call: string, column: string): Command {
  return async ({ db, raw }, { run }) => documentOf((await run(`SELECT ${column} FROM ${call}`, [db, raw]))[0])
}

/** Calls a function of `documentdb_api` that returns one document. */
async function callFunction({ run }: Context, call: string, values: Value[]): Promise<Reply> {
  return documentOf((await run(`SELECT documentdb_api.${call}`, values))[0])
}

function createCollection(request: Request, context: Context): Promise<Reply> {
  return callFunction(context, 'create_collection_view($1, $2::bytea)', [request.db, request.raw])
}

async function createIndexes(request: Request, { run }: Context): Promise<Reply> {
  const [row] = await run('SELECT documentdb_api_internal.create_indexes_non_concurrently($1, $2::bytea, true)', [
    request.db,
    request.raw,
  ])
  const reply = BSON.deserialize(documentOf(row))
  const inner = reply.raw?.defaultShard ?? reply
  if (inner.ok === 1) return inner
  throw new CommandError(unpackCode(Number(inner.code)), String(inner.errmsg))
}

async function dropIndexes(request: Request, { run }: Context): Promise<Reply> {
  return documentOf((await run('CALL documentdb_api.drop_indexes($1, $2::bytea, NULL)', [request.db, request.raw]))[0])
}

async function drop(request: Request, { run }: Context): Promise<Reply> {
  await run('SELECT documentdb_api.drop_collection($1, $2)', [request.db, collectionOf(request)])
  return { ns: `${request.db}.${collectionOf(request)}`, ok: 1 }
}

async function dropDatabase(request: Request, { run }: Context): Promise<Reply> {
  await run('SELECT documentdb_api.drop_database($1)', [request.db])
  return { dropped: request.db, ok: 1 }
}

/** Executes `explain`: returns PostgreSQL's plan as JSON, in which indexes have their MongoDB names. */
async function explain(request: Request, { run }: Context): Promise<Reply> {
  const inner = request.body.explain as BSON.Document
  const kind = { find: 'find', aggregate: 'pipeline', count: 'count' }[Object.keys(inner)[0] ?? '']
  if (!kind) throw new CommandError(COMMAND_NOT_FOUND, 'explain supports only find, aggregate and count')
  const spec = inner.pipeline ? { ...inner, pipeline: rewritePipeline(inner.pipeline) } : inner
  const rows = await run(
    `EXPLAIN (FORMAT JSON, ANALYZE) SELECT document FROM documentdb_api_catalog.bson_aggregation_${kind}($1, $2::bytea)`,
    [request.db, serialize(spec)],
  )
  return { queryPlanner: JSON.parse(rows.map(([text]) => text).join('\n')), ok: 1 }
}

function serialize(document: BSON.Document): Buffer {
  return Buffer.from(BSON.serialize(document))
}

/** Returns the document in the first column of a row. @throws CommandError 1 (InternalError) when there is none */
function documentOf(row: Row | undefined): Buffer {
  const bytes = bytesOf(row?.[0])
  if (!bytes) throw new CommandError(INTERNAL_ERROR, 'the database returned no document')
  return bytes
}
