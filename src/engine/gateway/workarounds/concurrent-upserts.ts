/**
 * Workaround: of two concurrent upserts that insert the same document, the second one updates it in MongoDB. DocumentDB reports a
 * duplicate key, or retries the upsert but has lost the value of `$$NOW` by then and raises an error. The upsert had no effect: sent
 * again, it finds the document.
 */
import { BSON } from 'mongodb'
import { DUPLICATE_KEY } from '../errors/error-codes.ts'
import { itemsOf, type Request } from '../protocol/request.ts'

const LOST_NOW_MESSAGE = 'The $$NOW operator cannot be used within this specific context.'
/** Options of a lossless round trip: BSON types are not converted to JavaScript's. */
const LOSSLESS = { promoteValues: false, promoteBuffers: false, bsonRegExp: true } as const

/** Whether an error message says that `$$NOW` was lost. Then the statement or item had no effect and can be retried. */
export function hasLostNow(message: string): boolean {
  return message === LOST_NOW_MESSAGE
}

/**
 * Returns the indexes of the items of an update to retry: upserts that lost `$$NOW` or met a duplicate key; in an ordered update also
 * all later ones, which were not executed.
 */
export function itemsToRetry({ writeErrors = [] }: BSON.Document, request: Request): number[] {
  if (writeErrors.length === 0) return []
  const items = itemsOf(request)
  const failed: number[] = writeErrors
    .filter((error: BSON.Document) => hasLostNow(error.errmsg) || isDuplicateUpsert(error, items))
    .map(indexOf)
  const [first] = failed
  if (first === undefined || request.body.ordered === false) return failed
  return Array.from({ length: items.length - first }, (_, i) => first + i)
}

function isDuplicateUpsert(error: BSON.Document, items: BSON.Document[]): boolean {
  return error.code === DUPLICATE_KEY && items[indexOf(error)]?.upsert === true
}

/** Returns the bytes of an update with only the items at these indexes. */
export function withItems({ raw, sequence }: Request, indexes: number[]): Pick<Request, 'raw' | 'sequence'> {
  if (sequence) return { raw, sequence: Buffer.concat(indexes.map(index => documentAt(sequence, index))) }
  const body = BSON.deserialize(raw, LOSSLESS)
  const updates = indexes.map(index => body.updates[index])
  return { raw: Buffer.from(BSON.serialize({ ...body, updates })), sequence }
}

/**
 * Merges the reply to an update with the reply to the retry of some of its items.
 * @param indexes the indexes of the retried items in the original update
 */
export function mergeReplies(first: BSON.Document, retry: BSON.Document, indexes: number[]): BSON.Document {
  const withOriginalIndex = (item: BSON.Document) => ({ ...item, index: indexes[indexOf(item)] })
  const upserted = [...(first.upserted ?? []), ...(retry.upserted ?? []).map(withOriginalIndex)]
  const remaining = (first.writeErrors ?? []).filter((error: BSON.Document) => !indexes.includes(indexOf(error)))
  const writeErrors = [...remaining, ...(retry.writeErrors ?? []).map(withOriginalIndex)]
  return {
    ok: 1,
    n: Number(first.n) + Number(retry.n),
    nModified: Number(first.nModified) + Number(retry.nModified),
    ...(upserted.length > 0 && { upserted }),
    ...(writeErrors.length > 0 && { writeErrors }),
  }
}

function indexOf({ index }: BSON.Document): number {
  return Number(index)
}

function documentAt(sequence: Buffer, index: number): Buffer {
  let at = 0
  for (let i = 0; i < index; i++) at += sequence.readInt32LE(at)
  return sequence.subarray(at, at + sequence.readInt32LE(at))
}
