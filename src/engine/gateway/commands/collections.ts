import { BSON } from 'mongodb'
import { CommandError } from '../errors/command-error.ts'
import { DUPLICATE_KEY, unpackCode } from '../errors/error-codes.ts'
import { isDuplicateKey } from '../errors/write-replies.ts'
import type { Request } from '../protocol/request.ts'
import { type Context, callFunction, collectionOf, documentOf, type Reply } from './command.ts'

/** Executes `create`. */
export function createCollection(request: Request, context: Context): Promise<Reply> {
  return callFunction(context, 'create_collection_view($1, $2::bytea)', [request.db, request.raw])
}

/** Executes `createIndexes`, and returns when the indexes are built. */
export async function createIndexes(request: Request, { run }: Context): Promise<Reply> {
  const statement = 'SELECT documentdb_api_internal.create_indexes_non_concurrently($1, $2::bytea, true)'
  const [row] = await run(statement, [request.db, request.raw]).catch(error => {
    throw isDuplicateKey(error) ? duplicateKeyOf(request) : error
  })
  const reply = BSON.deserialize(documentOf(row))
  const inner = reply.raw?.defaultShard ?? reply
  if (inner.ok === 1) return inner
  throw new CommandError(unpackCode(Number(inner.code), String(inner.errmsg)), String(inner.errmsg))
}

/** Returns the error for documents that share a key of a new unique index. Of several such indexes DocumentDB does not name the one. */
function duplicateKeyOf({ db, body }: Request): CommandError {
  const [index, ...others] = body.indexes.filter(({ unique }: BSON.Document) => unique)
  const errmsg = `E11000 duplicate key error collection: ${db}.${body.createIndexes}`
  if (others.length > 0) return new CommandError(DUPLICATE_KEY, errmsg)
  return new CommandError(DUPLICATE_KEY, `${errmsg} index: ${index?.name}`, { keyPattern: index?.key })
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
