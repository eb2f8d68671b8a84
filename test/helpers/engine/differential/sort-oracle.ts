import { compareValues } from './bson-order.ts'
import { type Document, isDocument, type Value } from './bson-types.ts'

/** A sort pattern, in the order of its keys. At most one of them may lead through arrays in the same document. */
export type SortPattern = Record<string, 1 | -1>

/** Returns documents in the order of a sort pattern. */
export function sorted(documents: Document[], pattern: SortPattern): Document[] {
  return documents.toSorted((a, b) => {
    for (const [path, direction] of Object.entries(pattern)) {
      const order = direction * compareValues(sortValue(a, path, direction), sortValue(b, path, direction))
      if (order !== 0) return order
    }
    return 0
  })
}

/** Returns the least value at a path for an ascending sort, and the greatest for a descending one. */
function sortValue(document: Document, path: string, direction: 1 | -1): Value {
  return sortValues(document, path.split('.')).reduce((best, value) =>
    direction * compareValues(value, best) < 0 ? value : best,
  )
}

/** Missing values sort as null; an empty array sorts before null. */
function sortValues(document: Value, path: string[]): Value[] {
  const [name, ...rest] = path
  if (name === undefined) return [document]
  const value = isDocument(document) ? (document[name] ?? null) : null
  if (!Array.isArray(value)) return sortValues(value, rest)
  if (value.length === 0) return rest.length === 0 ? [undefined] : [null]
  return value.flatMap(item => (Array.isArray(item) && rest.length > 0 ? [null] : sortValues(item, rest)))
}
