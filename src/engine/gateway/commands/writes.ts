import type { BSON } from 'mongodb'
import { duplicateKeyError, isDuplicateKey, writeReply } from '../errors/write-replies.ts'
import { itemsOf, type Request } from '../protocol/request.ts'
import { isRetryable, writeOnce } from '../retryable-writes.ts'
import { itemsToRetry, mergeReplies, withItems } from '../workarounds/upserts-without-now.ts'
import { type Context, collectionOf, documentOf, type Reply } from './command.ts'

/**
 * Executes an insert, update or delete. Outside transactions, multi-document updates and deletes of a collection run one at a time,
 * since they deadlock with one another.
 */
export function write(request: Request, context: Context): Promise<Reply> {
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

async function sendWrite(request: Request, { run, pool }: Context): Promise<BSON.Document> {
  const { name, db, raw, sequence } = request
  if (isRetryable(request)) return writeReply(await writeOnce(request, run), request, pool)
  const statement = `SELECT p_result FROM documentdb_api.${name}($1, $2::bytea, $3::bytea, NULL)`
  return writeReply(documentOf((await run(statement, [db, raw, sequence]))[0]), request, pool)
}

/** Whether an update or delete may change more than one document per item. */
function isMultiDocument(request: Request): boolean {
  if (request.name === 'insert') return false
  return itemsOf(request).some(({ multi, limit }) => multi === true || limit === 0)
}

/** Executes `findAndModify`. An upsert that met a key which another one inserted at the same time is executed once more. */
export async function findAndModify(request: Request, context: Context): Promise<Reply> {
  try {
    return await sendFindAndModify(request, context).catch(error => {
      if (!isDuplicateKey(error) || request.inTransaction || request.body.upsert !== true) throw error
      return sendFindAndModify(request, context)
    })
  } catch (error) {
    throw await duplicateKeyError(error, request, context.pool)
  }
}

async function sendFindAndModify(request: Request, { run }: Context): Promise<Reply> {
  if (isRetryable(request)) return writeOnce(request, run)
  const statement = 'SELECT p_result FROM documentdb_api.find_and_modify($1, $2::bytea, NULL)'
  return documentOf((await run(statement, [request.db, request.raw]))[0])
}
