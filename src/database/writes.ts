import type { mongo } from 'mongoose'
import { isDuplicateKey, MAJORITY } from './connect.ts'
import { UnknownOutcome } from './unavailability.ts'

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

/** A write of many documents of a collection. */
type BulkWrite =
  | { insert: string; documents: mongo.Document[] }
  | { update: string; updates: mongo.Document[] }
  | { delete: string; deletes: mongo.Document[] }

/**
 * Sends one unordered insert, update or delete command with write concern majority. Its items are sent in the order of their keys:
 * where a command is one transaction, concurrent commands lock documents in the same order and do not deadlock.
 * @returns the reply; `index` of a failed item is its place in the command given
 * @throws Error when the outcome is unknown: timeout, lost connection or writeConcernError
 */
export async function sendWrites(db: mongo.Db, write: BulkWrite, session?: mongo.ClientSession): Promise<WriteReply> {
  const { command, places } = inKeyOrder(write)
  const reply = await db.command(
    { ...command, ordered: false, writeConcern: MAJORITY },
    session ? { session } : undefined,
  )
  if (reply.writeConcernError)
    throw new UnknownOutcome(`unknown whether the write is durable: ${reply.writeConcernError.errmsg}`)
  const failed = (reply.writeErrors ?? []).map((item: FailedItem) => ({ ...item, index: places[item.index] }))
  return { n: reply.n, failed, operation: reply.operationTime?.getHighBits?.() }
}

/** Sorts the items of a write by their keys; items of one key keep their order. @returns also the former place of each item */
function inKeyOrder(write: BulkWrite): { command: mongo.Document; places: number[] } {
  const [field, items] =
    'insert' in write
      ? (['documents', write.documents] as const)
      : 'update' in write
        ? (['updates', write.updates] as const)
        : (['deletes', write.deletes] as const)
  const keys = items.map(keyOf)
  const places = [...items.keys()].sort((a, b) => compare(keys[a] ?? '', keys[b] ?? ''))
  return { command: { ...write, [field]: places.map(place => items[place]) }, places }
}

/** Returns the `_id` that an item writes, as text; of an update or delete without one its whole filter. */
function keyOf({ q, _id = q?._id ?? q }: mongo.Document): string {
  return typeof _id === 'string' ? _id : JSON.stringify(_id)
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
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
  const { failed, operation } = await sendWrites(db, { delete: collection, deletes }, session)
  if (failed[0])
    throw new UnknownOutcome(`${collection}: unknown whether the documents are deleted: ${failed[0].errmsg}`)
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
    const { failed, operation } = await sendWrites(db, { update: collection, updates: waiting }, session)
    const other = failed.find(item => !isDuplicateKey(item))
    if (other) throw new Error(`${collection}: an upsert failed: ${other.errmsg}`)
    if (failed.length === 0) return operation
    waiting = failed.flatMap(({ index }) => waiting[index] ?? [])
  }
  throw new Error(`${collection}: ${waiting.length} upserts failed with duplicate keys ${UPSERT_ATTEMPTS} times`)
}
