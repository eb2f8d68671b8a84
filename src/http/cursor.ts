import { fieldProblem } from '../errors.ts'
import { limitOf } from './schemas.ts'

const MAX_TIME_MS = 8.64e15

/** Encodes a position in a list, the sort values of the last item seen, as an opaque string. */
export function encodeCursor(values: (string | number)[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url')
}

/**
 * Decodes a cursor into sort values of the given types; numbers are times in ms.
 * @throws Problem `invalid_request` when it is not a cursor of such a list
 */
export function decodeCursor(cursor: string, types: ('string' | 'number')[]): (string | number)[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (
      Array.isArray(values) &&
      values.length === types.length &&
      types.every((type, i) => typeof values[i] === type && !(Math.abs(values[i]) > MAX_TIME_MS))
    ) {
      return values
    }
  } catch {
    // Not JSON: the same problem as for any other invalid cursor.
  }
  throw fieldProblem('/querystring/cursor', 'is not a cursor of this list')
}

/** Returns a page of `found`, which was read with `limit + 1`. @param placeOf returns the sort values of an item */
export function pageOf<Item>(found: Item[], limit: number, placeOf: (last: Item) => (string | number)[]) {
  const items = found.slice(0, limit)
  const last = found.length > limit ? items.at(-1) : undefined
  return { items, nextCursor: last === undefined ? null : encodeCursor(placeOf(last)) }
}

/** Position in a list that is sorted by time and id. */
export interface Place {
  time: Date
  id: string
}

/**
 * Returns the position that a cursor names; undefined without a cursor.
 * @throws Problem `invalid_request` when it is not a cursor of such a list
 */
export function placeOf(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined
  const [time, id] = decodeCursor(cursor, ['number', 'string'])
  return { time: new Date(Number(time)), id: String(id) }
}

/**
 * Returns the filter for what follows a cursor in a list that is sorted by a time and then by id, newest first; empty without a cursor.
 * @throws Problem `invalid_request` when it is not a cursor of such a list
 */
export function olderThan(field: string, cursor: string | undefined): object {
  const place = placeOf(cursor)
  if (!place) return {}
  return { $or: [{ [field]: { $lt: place.time } }, { [field]: place.time, _id: { $lt: place.id } }] }
}

/**
 * Returns a page of a list that is sorted by ids that begin with their time, newest first.
 * @param find reads at most `limit` items, from those before an id if there is one
 * @param wire converts an item to its form in the answer
 */
export async function pageById<Item extends { _id: string }, Wire>(
  query: { limit?: string; cursor?: string },
  find: (before: string | undefined, limit: number) => Promise<Item[]>,
  wire: (item: Item) => Wire,
): Promise<{ items: Wire[]; nextCursor: string | null }> {
  const limit = limitOf(query)
  const [before] = query.cursor === undefined ? [] : decodeCursor(query.cursor, ['string'])
  const found = await find(before === undefined ? undefined : String(before), limit + 1)
  const { items, nextCursor } = pageOf(found, limit, last => [last._id])
  return { items: items.map(wire), nextCursor }
}
