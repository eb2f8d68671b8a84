import type { Request } from '../protocol/request.ts'
import { createCollection, createIndexes, drop, dropDatabase, dropIndexes } from './collections.ts'
import { type Command, callFunction, collectionOf, selectFrom } from './command.ts'
import { currentOp, killOp } from './current-operations.ts'
import { explain, explainOf } from './explain.ts'
import { aggregate, count, distinct, find, firstPage, getMore, killCursors } from './queries.ts'
import { findAndModify, write } from './writes.ts'

const scaleOf = ({ body }: Request) => Number(body.scale ?? 1)

const dbStats: Command = (request, context) =>
  callFunction(context, 'db_stats($1, $2, false)', [request.db, scaleOf(request)])

const collStats: Command = (request, context) =>
  callFunction(context, 'coll_stats($1, $2, $3)', [request.db, collectionOf(request), scaleOf(request)])

/** The supported commands by name. Most of them are one call of a DocumentDB function. */
export const commands: Record<string, Command> = {
  insert: write,
  update: write,
  delete: write,
  findAndModify,
  findandmodify: findAndModify,
  find,
  aggregate: (request, context) =>
    request.body.explain === true ? explain(explainOf(request), context) : aggregate(request, context),
  listCollections: firstPage('list_collections_cursor_first_page'),
  listIndexes: firstPage('list_indexes_cursor_first_page'),
  getMore,
  killCursors,
  count,
  distinct,
  validate: selectFrom('documentdb_api.validate($1, $2::bytea)', 'document'),
  create: createCollection,
  createIndexes,
  dropIndexes,
  deleteIndexes: dropIndexes,
  drop,
  dropDatabase,
  collMod: (request, context) =>
    callFunction(context, 'coll_mod($1, $2, $3::bytea)', [request.db, collectionOf(request), request.raw]),
  collStats,
  collstats: collStats,
  dbStats,
  dbstats: dbStats,
  listDatabases: (request, context) => callFunction(context, 'list_databases($1::bytea)', [request.raw]),
  renameCollection: (request, context) => callFunction(context, 'rename_collection($1::bytea)', [request.raw]),
  currentOp,
  killOp,
  explain,
}

/** The names of the commands that a transaction can contain. Source: MongoDB's manual, "Operations: Transactions". */
export const transactionCommands = new Set([
  ...['insert', 'update', 'delete', 'findAndModify', 'findandmodify', 'find', 'aggregate', 'distinct'],
  ...['getMore', 'killCursors', 'create', 'createIndexes'],
])
