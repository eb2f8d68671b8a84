import type { mongo } from 'mongoose'
import { isDuplicateKey, MAJORITY } from './connect.ts'

const TIME = 15_000
const RACES = 5

/** One item of a write command that was not done. */
interface FailedItem {
  index: number
  code: number
  errmsg: string
}

/** What is known after a write command. */
interface WriteReply {
  /** Documents matched, inserted or deleted, as the command counts them. */
  n: number
  failed: FailedItem[]
  /** The database's clock at this reply in seconds, where it tells. */
  operation: number | undefined
}

/**
 * Sends one insert, update or delete command as it is, with majority.
 * @throws when the outcome is not known: a time-out, a lost connection, a writeConcernError
 */
export async function sendWrites(
  db: mongo.Db,
  command: mongo.Document,
  session?: mongo.ClientSession,
): Promise<WriteReply> {
  const options = session ? { session, timeoutMS: TIME } : { timeoutMS: TIME }
  const reply = await db.command({ ...command, writeConcern: MAJORITY }, options)
  if (reply.writeConcernError) throw new Error(`not known to be kept: ${reply.writeConcernError.errmsg}`)
  return { n: reply.n, failed: reply.writeErrors ?? [], operation: reply.operationTime?.getHighBits?.() }
}

/**
 * Sends deletes.
 * @returns the database's clock at the reply in seconds, where it tells
 * @throws when it is not known that all that they name is gone
 */
export async function sendDeletes(
  db: mongo.Db,
  collection: string,
  deletes: { q: mongo.Document; limit: 0 | 1 }[],
  session?: mongo.ClientSession,
): Promise<number | undefined> {
  const { failed, operation } = await sendWrites(db, { delete: collection, deletes, ordered: false }, session)
  if (failed[0]) throw new Error(`${collection}: not known to be gone: ${failed[0].errmsg}`)
  return operation
}

/**
 * Sends upserts, each of one document named by its _id. Those that race can answer 11000 and are sent again.
 * @returns the database's clock at the last reply in seconds, where it tells
 * @throws when any is refused or its outcome is not known
 */
export async function sendUpserts(
  db: mongo.Db,
  collection: string,
  updates: mongo.Document[],
  session?: mongo.ClientSession,
): Promise<number | undefined> {
  let waiting = updates.map(update => ({ ...update, upsert: true }))
  for (let race = 0; race < RACES; race++) {
    const command = { update: collection, updates: waiting, ordered: false }
    const { failed, operation } = await sendWrites(db, command, session)
    const other = failed.find(item => !isDuplicateKey(item))
    if (other) throw new Error(`${collection}: an upsert was refused: ${other.errmsg}`)
    if (failed.length === 0) return operation
    waiting = failed.flatMap(({ index }) => waiting[index] ?? [])
  }
  throw new Error(`${collection}: ${waiting.length} upserts lost every race`)
}
