import { type Document, isDocument, type Value } from './bson-types.ts'
import { OracleError } from './oracle-error.ts'

const PATH_NOT_VIABLE = 28

/** Computes the new value of a field from the old one; undefined stands for a missing field. */
export type Change = (old: Value) => Value

/**
 * Returns a copy of a document in which the value at a path is changed. Missing documents on the way are created when the change
 * returns a value for a missing field.
 * @throws OracleError 28 (PathNotViable) when the path leads into a scalar, or by a name into an array
 */
export function changedAt(document: Document, path: string[], change: Change): Document {
  return changed(document, path, change) as Document
}

/** The same for changes that need an existing field: a path that does not exist changes nothing. */
export function changedWhereExists(document: Document, path: string[], change: Change): Document {
  return exists(document, path) ? changedAt(document, path, change) : document
}

function changed(parent: Value, path: string[], change: Change): Value {
  const [name = '', ...rest] = path
  if (Array.isArray(parent)) return changedItem(parent, path, change)
  if (!isDocument(parent)) throw new OracleError(PATH_NOT_VIABLE)
  const old = parent[name]
  const value = rest.length === 0 ? change(old) : changed(old ?? missingParent(parent, name), rest, change)
  const { [name]: _, ...others } = parent
  return value === undefined ? others : { ...parent, [name]: value }
}

function changedItem(array: Value[], [name = '', ...rest]: string[], change: Change): Value {
  if (!/^\d+$/.test(name)) throw new OracleError(PATH_NOT_VIABLE)
  const i = Number(name)
  const old = array[i]
  const value = rest.length === 0 ? change(old) : changed(i in array ? old : {}, rest, change)
  const padded = [...array, ...Array.from({ length: Math.max(0, i - array.length) }, () => null)]
  // An array keeps its length when an item is removed.
  padded[i] = value ?? null
  return padded
}

/** A document where there is none; null is a value that can not have fields. */
function missingParent(parent: Document, name: string): Value {
  return name in parent ? parent[name] : {}
}

function exists(parent: Value, [name, ...rest]: string[]): boolean {
  if (name === undefined) return true
  if (Array.isArray(parent))
    return /^\d+$/.test(name) && Number(name) < parent.length && exists(parent[Number(name)], rest)
  return isDocument(parent) && name in parent && exists(parent[name], rest)
}
