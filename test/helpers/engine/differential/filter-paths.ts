import { type Document, isDocument, type Value } from './bson-types.ts'

/**
 * Returns the values that a filter's path selects in a document. Arrays on the way are traversed one level deep, or by their
 * positions. A path that ends in a document without the field selects a missing value, one that ends in an array selects nothing.
 * @param expandsLeaf whether an array at the end of the path contributes its elements beside itself
 */
export function valuesAt(document: Document, path: string[], expandsLeaf: boolean): Value[] {
  let value: Value = document
  for (const [i, name] of path.entries()) {
    if (!isDocument(value)) return [undefined]
    value = value[name]
    if (Array.isArray(value)) return valuesInArray(value, path.slice(i + 1), expandsLeaf)
  }
  return [value]
}

function valuesInArray(array: Value[], path: string[], expandsLeaf: boolean): Value[] {
  const [position, ...rest] = path
  if (position === undefined) return expandsLeaf ? [...array, array] : [array]
  return array.flatMap((item, i) => {
    const inside = isDocument(item) ? valuesAt(item, path, expandsLeaf) : []
    if (position !== String(i)) return inside
    if (rest.length === 0) return [...inside, item]
    if (Array.isArray(item)) return valuesInArray(item, rest, expandsLeaf)
    return isDocument(item) ? [...inside, ...valuesAt(item, rest, expandsLeaf)] : inside
  })
}
