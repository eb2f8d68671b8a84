import { fieldProblem } from '../errors.ts'

/** A place in a list as an opaque string: the sort values of the last item seen. */
export function encodeCursor(values: (string | number)[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url')
}

/**
 * The sort values back, each of the type it must have.
 * @throws Problem `invalid_request` when the cursor is not one of ours
 */
export function decodeCursor(cursor: string, types: ('string' | 'number')[]): (string | number)[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (
      Array.isArray(values) &&
      values.length === types.length &&
      types.every((type, i) => typeof values[i] === type)
    ) {
      return values
    }
  } catch {
    // not JSON: the same answer as any other foreign cursor
  }
  throw fieldProblem('/querystring/cursor', 'is not a cursor of this list')
}
