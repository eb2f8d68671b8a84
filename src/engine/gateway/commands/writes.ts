import type { BSON } from 'mongodb'
import { duplicateKeyError, isDuplicateKey, writeReply } from '../errors/write-replies.ts'
import { itemsOf, type Request, rawItemsOf } from '../protocol/request.ts'
import { isRetryable, writeOnce } from '../sessions/retryable-writes.ts'
import { isBlocked, withoutBlockedPath } from '../workarounds/blocked-paths.ts'
import { itemsToRetry } from '../workarounds/concurrent-upserts.ts'
import { type Context, collectionOf, documentOf, type Reply } from './command.ts'
import { inParts, mergeReplies, partOf } from './update-parts.ts'

/** Executes an insert, update or delete. */
export function write(request: Request, context: Context): Promise<Reply> {
  if (request.inTransaction) return unblocked(request, part => sendWrite(part, context))
  const items = request.name === 'insert' ? [] : itemsOf(request)
  const sendOnce = (part: Request) => (isRetryable(part) ? sendRetryable(part, context) : sendWithRetry(part, context))
  const sendPart = (part: Request) => unblocked(part, sendOnce)
  const send = () => (request.name === 'update' ? inParts(request, items.length, sendPart) : sendPart(request))
  return canDeadlock(items) ? inTurn(request, context, send) : send()
}

/**
 * Sends a write, and the items of an update that a path has blocked once more without it; in an ordered update also all later ones,
 * which were not executed. That is a retryable write of its own.
 */
async function unblocked(request: Request, send: (part: Request) => Promise<BSON.Document>): Promise<BSON.Document> {
  const reply = await send(request)
  if (request.name !== 'update' || !reply.writeErrors?.some(isBlocked)) return reply
  const items = rawItemsOf(request)
  const changed = new Map<number, Buffer>()
  for (const error of reply.writeErrors.filter(isBlocked)) {
    const item = items[error.index] && withoutBlockedPath(items[error.index] as Buffer)
    if (item) changed.set(error.index, item)
  }
  const [first] = changed.keys()
  if (first === undefined) return reply
  const isOrdered = request.body.ordered !== false
  const indexes = isOrdered ? Array.from({ length: items.length - first }, (_, i) => first + i) : [...changed.keys()]
  const part = partOf(request, indexes, (item, index) => changed.get(index) ?? item)
  const session = request.session && `${request.session}/unblocked`
  return mergeReplies(reply, await unblocked({ ...part, session }, send), indexes)
}

/** Executes work that can deadlock with its like: one at a time in a collection. */
function inTurn<Result>(request: Request, { mutex }: Context, work: () => Promise<Result>): Promise<Result> {
  return mutex.runExclusive(`${request.db}.${collectionOf(request)}`, work)
}

/** Whether updates or deletes may lock several documents, or compete for a key that is not `_id`. */
function canDeadlock(items: BSON.Document[]): boolean {
  return items.length > 1 || items.some(item => item.multi === true || item.limit === 0 || competesForKey(item, item.q))
}

function competesForKey({ upsert }: BSON.Document, query: BSON.Document | undefined): boolean {
  return upsert === true && query?._id === undefined
}

async function sendRetryable(request: Request, { run, pool }: Context): Promise<BSON.Document> {
  return writeReply(await upsertAgain(request, isFinal => writeOnce(request, run, isFinal)), request, pool)
}

/** Sends a write, and then once more those of its upserts that met concurrent ones. */
async function sendWithRetry(request: Request, context: Context): Promise<BSON.Document> {
  const reply = await sendWrite(request, context)
  const indexes = itemsToRetry(reply, request)
  if (indexes.length === 0) return reply
  return mergeReplies(reply, await sendWrite(partOf(request, indexes), context), indexes)
}

async function sendWrite(request: Request, { run, pool }: Context): Promise<BSON.Document> {
  const { name, db, raw, sequence } = request
  const statement = `SELECT p_result FROM documentdb_api.${name}($1, $2::bytea, $3::bytea, NULL)`
  return writeReply(documentOf((await run(statement, [db, raw, sequence]))[0]), request, pool)
}

/** Executes `findAndModify`. */
export async function findAndModify(request: Request, context: Context): Promise<Reply> {
  const { body, inTransaction } = request
  const send = () => upsertAgain(request, isFinal => sendFindAndModify(request, context, isFinal))
  try {
    return await (!inTransaction && competesForKey(body, body.query) ? inTurn(request, context, send) : send())
  } catch (error) {
    throw await duplicateKeyError(error, request, context.pool)
  }
}

async function sendFindAndModify(request: Request, { run }: Context, isFinal: boolean): Promise<Reply> {
  if (isRetryable(request)) return writeOnce(request, run, isFinal)
  const statement = 'SELECT p_result FROM documentdb_api.find_and_modify($1, $2::bytea, NULL)'
  return documentOf((await run(statement, [request.db, request.raw]))[0])
}

/**
 * Sends an update as a whole once more when it met a duplicate key: an upsert in it now finds the document that a concurrent one has
 * inserted.
 * @param send throws duplicate key errors without effect unless it `isFinal`
 */
async function upsertAgain<Result>(request: Request, send: (isFinal: boolean) => Promise<Result>): Promise<Result> {
  if (request.inTransaction || request.name === 'insert') return send(true)
  return send(false).catch(error => {
    if (!isDuplicateKey(error)) throw error
    return send(true)
  })
}
