import { BSON } from 'mongodb'
import type pg from 'pg'
import type { KeyedMutex } from '../../lib/keyed-mutex.ts'
import type { Cursors } from './cursors.ts'
import { CommandError } from './errors/command-error.ts'
import { unpackCode } from './errors/error-codes.ts'
import { duplicateKeyError, writeReply } from './errors/write-replies.ts'
import { maskPipeline } from './masks/pipeline-masks.ts'
import { itemsToSendAgain, mergedReply, withItems } from './masks/upserts-without-now.ts'
import { itemsOf, type Request } from './protocol/request.ts'
import { bytesOf, query, type Row, type Value } from './sql.ts'

/** What a command works with: a way to run a statement, in its transaction if it is in one. */
export interface Context {
  pool: pg.Pool
  cursors: Cursors
  mutex: KeyedMutex
  run(text: string, values: Value[]): Promise<Row[]>
}

type Reply = Buffer | BSON.Document
type Command = (request: Request, context: Context) => Promise<Reply>

/** MongoDB's commands by name, each a statement of DocumentDB's. */
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
  distinct: plain('documentdb_api.distinct_query($1, $2::bytea)', 'document'),
  validate: plain('documentdb_api.validate($1, $2::bytea)', 'document'),
  create: createView,
  createIndexes,
  dropIndexes,
  deleteIndexes: dropIndexes,
  drop,
  dropDatabase,
  collMod: (request, context) =>
    single(context, 'coll_mod($1, $2, $3::bytea)', [request.db, target(request), request.raw]),
  collStats: (request, context) =>
    single(context, 'coll_stats($1, $2, $3)', [request.db, target(request), scale(request)]),
  dbStats: (request, context) => single(context, 'db_stats($1, $2, false)', [request.db, scale(request)]),
  listDatabases: (request, context) => single(context, 'list_databases($1::bytea)', [request.raw]),
  renameCollection: (request, context) => single(context, 'rename_collection($1::bytea)', [request.raw]),
  currentOp: (request, context) => single(context, 'current_op_command($1::bytea)', [request.raw]),
  killOp: (request, context) => single(context, 'kill_op($1::bytea)', [request.raw]),
  explain,
}

const target = ({ body, name }: Request) => String(body[name])
const scale = ({ body }: Request) => Number(body.scale ?? 1)

/** A write; one of many documents waits for its turn, since such writes deadlock with one another. */
function write(request: Request, context: Context): Promise<Reply> {
  const send = () => sendWrite(request, context)
  if (request.inTransaction) return send()
  const sendPatiently = async () => {
    const reply = await send()
    const again = itemsToSendAgain(reply, request)
    if (again.length === 0) return reply
    return mergedReply(reply, await sendWrite({ ...request, ...withItems(request, again) }, context), again)
  }
  return touchesMany(request)
    ? context.mutex.runExclusive(`${request.db}.${target(request)}`, sendPatiently)
    : sendPatiently()
}

async function sendWrite(request: Request, context: Context): Promise<BSON.Document> {
  const [row] = await context.run(`SELECT p_result FROM documentdb_api.${request.name}($1, $2::bytea, $3::bytea, $4)`, [
    request.db,
    request.raw,
    request.sequence,
    retryId(request),
  ])
  return writeReply(required(row), request, context.pool)
}

/** By this the database knows a write that is sent again. */
function retryId({ inTransaction, session, number }: Request): string | null {
  return !inTransaction && session && number !== undefined ? `${session}:${number}` : null
}

function touchesMany(request: Request): boolean {
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
    return required(row)
  } catch (error) {
    throw await duplicateKeyError(error, request, context.pool)
  }
}

function firstPage(name: string): Command {
  return async (request, { cursors, run }) => {
    const { body } = request
    const spec =
      request.name === 'aggregate' ? serialize({ ...body, pipeline: maskPipeline(body.pipeline ?? []) }) : request.raw
    const [row] = await run(`SELECT cursorpage, continuation, cursorid FROM documentdb_api.${name}($1, $2::bytea)`, [
      request.db,
      spec,
    ])
    if (row?.[2]) cursors.set(row[2], bytesOf(row[1]))
    return required(row)
  }
}

async function getMore(request: Request, { cursors, run }: Context): Promise<Reply> {
  const id = String(request.body.getMore)
  const continuation = cursors.get(id)
  if (!continuation) throw new CommandError(43, `cursor id ${id} not found`)
  const [row] = await run(
    'SELECT cursorpage, continuation FROM documentdb_api.cursor_get_more($1, $2::bytea, $3::bytea)',
    [request.db, request.raw, continuation],
  )
  cursors.set(id, bytesOf(row?.[1]))
  return required(row)
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

/** Lets go of what cursors hold in the database. */
export async function deleteCursors(pool: pg.Pool, ids: string[]): Promise<void> {
  await query(pool, 'SELECT documentdb_api_internal.delete_cursors($1::bigint[])', [`{${ids.join(',')}}`])
}

/** Mask: a count without a query lags behind, one with a query is exact. */
function count(request: Request, context: Context): Promise<Reply> {
  const bare = Object.keys(request.body.query ?? {}).length === 0
  const raw = bare ? serialize({ ...request.body, query: { _id: { $exists: true } } }) : request.raw
  return plain('documentdb_api.count_query($1, $2::bytea)', 'document')({ ...request, raw }, context)
}

function plain(call: string, column: string): Command {
  return async ({ db, raw }, { run }) => required((await run(`SELECT ${column} FROM ${call}`, [db, raw]))[0])
}

async function single({ run }: Context, call: string, values: Value[]): Promise<Reply> {
  return required((await run(`SELECT documentdb_api.${call}`, values))[0])
}

function createView(request: Request, context: Context): Promise<Reply> {
  return single(context, 'create_collection_view($1, $2::bytea)', [request.db, request.raw])
}

async function createIndexes(request: Request, { run }: Context): Promise<Reply> {
  const [row] = await run('SELECT documentdb_api_internal.create_indexes_non_concurrently($1, $2::bytea, true)', [
    request.db,
    request.raw,
  ])
  const reply = BSON.deserialize(required(row))
  const inner = reply.raw?.defaultShard ?? reply
  if (inner.ok === 1) return inner
  throw new CommandError(unpackCode(Number(inner.code)), String(inner.errmsg))
}

async function dropIndexes(request: Request, { run }: Context): Promise<Reply> {
  return required((await run('CALL documentdb_api.drop_indexes($1, $2::bytea, NULL)', [request.db, request.raw]))[0])
}

async function drop(request: Request, { run }: Context): Promise<Reply> {
  await run('SELECT documentdb_api.drop_collection($1, $2)', [request.db, target(request)])
  return { ns: `${request.db}.${target(request)}`, ok: 1 }
}

async function dropDatabase(request: Request, { run }: Context): Promise<Reply> {
  await run('SELECT documentdb_api.drop_database($1)', [request.db])
  return { dropped: request.db, ok: 1 }
}

/** The plan as PostgreSQL tells it; it names the indexes by their MongoDB names. */
async function explain(request: Request, { run }: Context): Promise<Reply> {
  const inner = request.body.explain as BSON.Document
  const kind = { find: 'find', aggregate: 'pipeline', count: 'count' }[Object.keys(inner)[0] ?? '']
  if (!kind) throw new CommandError(59, 'explain knows find, aggregate and count')
  const spec = inner.pipeline ? { ...inner, pipeline: maskPipeline(inner.pipeline) } : inner
  const rows = await run(
    `EXPLAIN (FORMAT JSON, ANALYZE) SELECT document FROM documentdb_api_catalog.bson_aggregation_${kind}($1, $2::bytea)`,
    [request.db, serialize(spec)],
  )
  return { queryPlanner: JSON.parse(rows.map(([text]) => text).join('\n')), ok: 1 }
}

function serialize(document: BSON.Document): Buffer {
  return Buffer.from(BSON.serialize(document))
}

function required(row: Row | undefined): Buffer {
  const bytes = bytesOf(row?.[0])
  if (!bytes) throw new CommandError(1, 'the database gave no answer')
  return bytes
}
