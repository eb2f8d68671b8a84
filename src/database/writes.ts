import type { mongo } from 'mongoose'
import { MAJORITY } from './connect.ts'

const TIME = 15_000

/** One item of a write command that was not done. */
export interface FailedItem {
  index: number
  code: number
  errmsg: string
}

/** What is known after a write command. */
export interface WriteReply {
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
