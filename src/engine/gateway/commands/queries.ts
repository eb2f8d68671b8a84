import type { BSON } from 'mongodb'
import pg from 'pg'
import { type Branch, nodeOf, parseTree, serializeTree } from '../bson-tree.ts'
import { ContinuedCursor } from '../cursors/continued-cursor.ts'
import { type HeldQuery, openHeldCursor, openTransactionCursor } from '../cursors/held-cursor.ts'
import { CommandError } from '../errors/command-error.ts'
import { BAD_VALUE, COMMAND_NOT_SUPPORTED } from '../errors/error-codes.ts'
import type { Request } from '../protocol/request.ts'
import { bytesLiteral } from '../sql.ts'
import { type Command, type Context, collectionOf, existing, type Reply, selectFrom } from './command.ts'

/** MongoDB's limit of a reply to `distinct`. */
const MAX_DISTINCT_BYTES = 16 * 1_048_576
const DISTINCT_TOO_LARGE = 17217
const FAILED_TO_PARSE = 9
/** The stages that write the result of a pipeline to a collection. */
export const WRITING_STAGES = new Set(['$out', '$merge'])

/**
 * Executes `find`. A sorted result is held by PostgreSQL, since DocumentDB's cursors do not keep its order. A projection of `$meta`
 * fields alone becomes a pipeline, since DocumentDB's projection drops all other fields.
 * @throws CommandError 115 (CommandNotSupported) for `min` and `max`, which DocumentDB ignores; 2 (BadValue) for a tailable cursor,
 *   since there are no capped collections
 */
export function find(request: Request, context: Context): Promise<Reply> {
  const { body, raw } = request
  if (body.min ?? body.max) throw new CommandError(COMMAND_NOT_SUPPORTED, 'find does not support min and max')
  if (body.tailable) throw new CommandError(BAD_VALUE, 'tailable cursor requested on non capped collection')
  const fields = Object.values<BSON.Document>(body.projection ?? {})
  if (fields.length > 0 && fields.every(field => field?.$meta !== undefined)) {
    return openCursor('bson_aggregation_pipeline', metaPipeline(request), body, request, context)
  }
  if (Object.keys(body.sort ?? {}).length === 0) return firstPage('find_cursor_first_page')(request, context)
  return openCursor('bson_aggregation_find', raw, body, request, context)
}

/** Returns the aggregate command for a find with a projection of `$meta` fields. */
function metaPipeline({ raw, body }: Request): Buffer {
  const command = parseTree(raw)
  const stages = [
    { $match: command.get('filter') ?? {} },
    ...(Object.keys(body.sort ?? {}).length > 0 ? [{ $sort: command.get('sort') }] : []),
    ...(body.skip > 0 ? [{ $skip: command.get('skip') }] : []),
    ...(body.limit > 0 ? [{ $limit: command.get('limit') }] : []),
    { $addFields: command.get('projection') },
  ]
  return serializeTree(nodeOf({ aggregate: command.get('find'), pipeline: stages, cursor: {} }) as Branch)
}

/**
 * Executes `aggregate`. Its result is held by PostgreSQL, except when the pipeline writes.
 * @throws CommandError 9 (FailedToParse) without the option `cursor`
 */
export async function aggregate(request: Request, context: Context): Promise<Reply> {
  const { body, raw } = request
  if (body.cursor === undefined) throw new CommandError(FAILED_TO_PARSE, 'aggregate requires the option cursor')
  if (writes(body.pipeline)) return firstPage('aggregate_cursor_first_page')(request, context)
  return openCursor('bson_aggregation_pipeline', raw, body.cursor ?? {}, request, context)
}

/** Whether a pipeline writes its result to a collection. */
export function writes(pipeline: unknown): boolean {
  const [last = ''] = Array.isArray(pipeline) ? Object.keys(pipeline.at(-1) ?? {}) : []
  return WRITING_STAGES.has(last)
}

async function openCursor(
  name: string,
  spec: Buffer,
  { batchSize, singleBatch }: BSON.Document,
  request: Request,
  { run, cursors, cursorConnections, onConnection }: Context,
): Promise<Reply> {
  const { db, inTransaction, timeoutMs } = request
  const source = `documentdb_api_catalog.${name}(${pg.escapeLiteral(db)}, ${bytesLiteral(spec)})`
  const query: HeldQuery = {
    namespace: namespaceOf(request),
    statement: `SELECT document FROM ${source}`,
    batchSize: batchSize === undefined ? undefined : Number(batchSize),
    singleBatch: singleBatch === true,
    timeoutMs,
    onConnection,
  }
  const { id, page, cursor } = inTransaction
    ? await openTransactionCursor(text => run(text, []), query)
    : await openHeldCursor(cursorConnections, query)
  if (cursor) cursors.add(String(id), cursor, transactionOf(request))
  return page.reply
}

/** Returns a command that opens a cursor with a DocumentDB function. */
export function firstPage(name: string): Command {
  return async (request, { cursors, copy, pool }) => {
    const { db, raw } = request
    const call = `documentdb_api.${name}(${pg.escapeLiteral(db)}, ${bytesLiteral(raw)})`
    const [[page, continuation, id] = []] = await copy(`SELECT cursorpage, continuation, cursorid FROM ${call}`)
    if (id && continuation) {
      const cursor = new ContinuedCursor(id.readBigInt64BE(), namespaceOf(request), continuation, pool)
      cursors.add(String(id.readBigInt64BE()), cursor, transactionOf(request))
    }
    return existing(page)
  }
}

/** Executes `getMore`. */
export async function getMore(request: Request, { cursors, copy, onConnection }: Context): Promise<Reply> {
  const { body, db, raw } = request
  const id = String(body.getMore)
  const cursor = cursors.use(id, `${db}.${body.collection}`, transactionOf(request))
  const batchSize = body.batchSize === undefined ? undefined : Number(body.batchSize)
  const { reply, isLast } = await cursor.next({ db, raw, batchSize, copy, onConnection })
  if (isLast) await cursors.close(id)
  return reply
}

/** Executes `killCursors`. */
export async function killCursors({ body }: Request, { cursors }: Context): Promise<Reply> {
  const ids: BSON.Long[] = body.cursors ?? []
  const killed: BSON.Long[] = []
  for (const id of ids) if (await cursors.close(String(id))) killed.push(id)
  return {
    cursorsKilled: killed,
    cursorsNotFound: ids.filter(id => !killed.includes(id)),
    cursorsAlive: [],
    cursorsUnknown: [],
    ok: 1,
  }
}

/** Returns the namespace of a command's cursor. */
function namespaceOf(request: Request): string {
  const { db, name } = request
  if (name === 'find') return `${db}.${collectionOf(request)}`
  if (name === 'aggregate' && typeof request.body.aggregate === 'string') return `${db}.${collectionOf(request)}`
  return name === 'listIndexes' ? `${db}.${collectionOf(request)}` : `${db}.$cmd.${name}`
}

/** Returns the transaction of a command as `session:number`; undefined outside transactions. */
function transactionOf({ inTransaction, session, txnNumber }: Request): string | undefined {
  return inTransaction ? `${session}:${txnNumber}` : undefined
}

/** Executes `count`. Workaround: DocumentDB's count without a query lags behind; with a query it is exact. */
export function count(request: Request, context: Context): Promise<Reply> {
  const hasNoQuery = Object.keys(request.body.query ?? {}).length === 0
  const raw = hasNoQuery
    ? serializeTree(parseTree(request.raw).with('query', nodeOf({ _id: { $exists: true } })))
    : request.raw
  return selectFrom('documentdb_api.count_query($1, $2::bytea)', 'document')({ ...request, raw }, context)
}

/** Executes `distinct`. @throws CommandError 17217 when the values exceed 16 MiB */
export async function distinct(request: Request, context: Context): Promise<Reply> {
  const reply = await selectFrom('documentdb_api.distinct_query($1, $2::bytea)', 'document')(request, context)
  if (reply.length > MAX_DISTINCT_BYTES) throw new CommandError(DISTINCT_TOO_LARGE, 'distinct is limited to 16 MiB')
  return reply
}
