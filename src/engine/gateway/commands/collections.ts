import { BSON } from 'mongodb'
import { CommandError } from '../errors/command-error.ts'
import { unpackCode } from '../errors/error-codes.ts'
import type { Request } from '../protocol/request.ts'
import { type Context, callFunction, collectionOf, documentOf, type Reply } from './command.ts'

/** Executes `create`. */
export function createCollection(request: Request, context: Context): Promise<Reply> {
  return callFunction(context, 'create_collection_view($1, $2::bytea)', [request.db, request.raw])
}

/** Executes `createIndexes`, and returns when the indexes are built. */
export async function createIndexes(request: Request, { run }: Context): Promise<Reply> {
  const [row] = await run('SELECT documentdb_api_internal.create_indexes_non_concurrently($1, $2::bytea, true)', [
    request.db,
    request.raw,
  ])
  const reply = BSON.deserialize(documentOf(row))
  const inner = reply.raw?.defaultShard ?? reply
  if (inner.ok === 1) return inner
  throw new CommandError(unpackCode(Number(inner.code), String(inner.errmsg)), String(inner.errmsg))
}

/** Executes `dropIndexes`. */
export async function dropIndexes(request: Request, { run }: Context): Promise<Reply> {
  return documentOf((await run('CALL documentdb_api.drop_indexes($1, $2::bytea, NULL)', [request.db, request.raw]))[0])
}

/** Executes `drop`. */
export async function drop(request: Request, { run, cursors }: Context): Promise<Reply> {
  await cursors.kill(`${request.db}.${collectionOf(request)}`)
  await run('SELECT documentdb_api.drop_collection($1, $2)', [request.db, collectionOf(request)])
  return { ns: `${request.db}.${collectionOf(request)}`, ok: 1 }
}

/** Executes `dropDatabase`. */
export async function dropDatabase(request: Request, { run, cursors }: Context): Promise<Reply> {
  await cursors.kill(`${request.db}.`)
  await run('SELECT documentdb_api.drop_database($1)', [request.db])
  return { dropped: request.db, ok: 1 }
}
