/**
 * Workaround: of two concurrent upserts that insert the same document, the second one updates it in MongoDB. DocumentDB reports a
 * duplicate key, or retries the upsert but has lost the value of `$$NOW` by then and raises an error. The upsert had no effect: sent
 * again, it finds the document.
 */
import type { BSON } from 'mongodb'
import { DUPLICATE_KEY } from '../errors/error-codes.ts'
import { itemsOf, type Request } from '../protocol/request.ts'

const LOST_NOW_MESSAGE = 'The $$NOW operator cannot be used within this specific context.'

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

function indexOf({ index }: BSON.Document): number {
  return Number(index)
}
