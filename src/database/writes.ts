import type { mongo } from 'mongoose'
import { isDuplicateKey, MAJORITY } from './connect.ts'

const TIMEOUT_MS = 15_000
const UPSERT_ATTEMPTS = 5

/** An item of a write command that failed. */
interface FailedItem {
  index: number
  code: number
  errmsg: string
}

/** Reply to a write command. */
interface WriteReply {
  /** Number of documents matched, inserted or deleted. */
  n: number
  failed: FailedItem[]
  /** The database's clock at the reply in seconds, if the reply has it. */
  operation: number | undefined
}

/**
 * Sends one insert, update or delete command with write concern majority.
 * @throws Error when the outcome is unknown: timeout, lost connection or writeConcernError
 */
export async function sendWrites(
  db: mongo.Db,
  command: mongo.Document,
  session?: mongo.ClientSession,
): Promise<WriteReply> {
  const options = session ? { session, timeoutMS: TIMEOUT_MS } : { timeoutMS: TIMEOUT_MS }
  const reply = await db.command({ ...command, writeConcern: MAJORITY }, options)
  if (reply.writeConcernError)
    throw new Error(`unknown whether the write is durable: ${reply.writeConcernError.errmsg}`)
  return { n: reply.n, failed: reply.writeErrors ?? [], operation: reply.operationTime?.getHighBits?.() }
}

/**
 * Sends deletes.
 * @returns the database's clock at the reply in seconds, if the reply has it
 * @throws Error when it is unknown whether all of them are done
 */
export async function sendDeletes(
  db: mongo.Db,
  collection: string,
  deletes: { q: mongo.Document; limit: 0 | 1 }[],
  session?: mongo.ClientSession,
): Promise<number | undefined> {
  const { failed, operation } = await sendWrites(db, { delete: collection, deletes, ordered: false }, session)
  if (failed[0]) throw new Error(`${collection}: unknown whether the documents are deleted: ${failed[0].errmsg}`)
  return operation
}

/**
 * Sends upserts, each of one document by its _id. Concurrent upserts can fail with a duplicate key and are sent again.
 * @returns the database's clock at the last reply in seconds, if the reply has it
 * @throws Error when one fails or its outcome is unknown
 */
export async function sendUpserts(
  db: mongo.Db,
  collection: string,
  updates: mongo.Document[],
  session?: mongo.ClientSession,
): Promise<number | undefined> {
  let waiting = updates.map(update => ({ ...update, upsert: true }))
  for (let attempt = 0; attempt < UPSERT_ATTEMPTS; attempt++) {
    const command = { update: collection, updates: waiting, ordered: false }
    const { failed, operation } = await sendWrites(db, command, session)
    const other = failed.find(item => !isDuplicateKey(item))
    if (other) throw new Error(`${collection}: an upsert failed: ${other.errmsg}`)
    if (failed.length === 0) return operation
    waiting = failed.flatMap(({ index }) => waiting[index] ?? [])
  }
  throw new Error(`${collection}: ${waiting.length} upserts failed with duplicate keys ${UPSERT_ATTEMPTS} times`)
}
