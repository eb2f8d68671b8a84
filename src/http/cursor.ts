import { fieldProblem } from '../errors.ts'
import { limitOf } from './schemas.ts'

const LAST_TIME = 8.64e15

/** A place in a list as an opaque string: the sort values of the last item seen. */
export function encodeCursor(values: (string | number)[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url')
}

/**
 * The sort values back, each of the type it must have; numbers are times in ms.
 * @throws Problem `invalid_request` when the cursor is not one of ours
 */
export function decodeCursor(cursor: string, types: ('string' | 'number')[]): (string | number)[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (
      Array.isArray(values) &&
      values.length === types.length &&
      types.every((type, i) => typeof values[i] === type && !(Math.abs(values[i]) > LAST_TIME))
    ) {
      return values
    }
  } catch {
    // not JSON: the same answer as any other foreign cursor
  }
  throw fieldProblem('/querystring/cursor', 'is not a cursor of this list')
}

/** A page of a list, of which one item more than `limit` was asked for; `placeOf` gives the sort values of its last item. */
export function pageOf<Item>(found: Item[], limit: number, placeOf: (last: Item) => (string | number)[]) {
  const items = found.slice(0, limit)
  const last = found.length > limit ? items.at(-1) : undefined
  return { items, nextCursor: last === undefined ? null : encodeCursor(placeOf(last)) }
}

/** Where in a list that is sorted by a time and an id. */
export interface Place {
  time: Date
  id: string
}

/** The place that a cursor of such a list names; none without a cursor. @throws as `decodeCursor` does */
export function placeOf(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined
  const [time, id] = decodeCursor(cursor, ['number', 'string'])
  return { time: new Date(Number(time)), id: String(id) }
}

/**
 * A page of what is listed newest first by ids that carry their time.
 * @param find gives at most `limit` of those before an id, or of all
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
