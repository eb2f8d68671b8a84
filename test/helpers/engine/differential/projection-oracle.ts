import { type Document, isDocument, type Value } from './bson-types.ts'
import { evaluate } from './expression-oracle.ts'

/** The paths of a projection as a tree; `true` ends a path. */
type Paths = Map<string, Paths | true>

/** Returns a document with `_id`, the included paths, and then the computed fields. */
export function included(document: Document, specification: Document): Document {
  const entries = Object.entries(specification)
  const paths = entries.filter(([, value]) => value === true).map(([path]) => path)
  const kept = pick(document, treeOf(['_id', ...paths])) as Document
  const computed = entries.filter(([, value]) => value !== true)
  return withFields(kept, Object.fromEntries(computed.map(([name, value]) => [name, evaluate(value, document)])))
}

/** Returns a document without the excluded paths. */
export function excluded(document: Document, specification: Document): Document {
  return omit(document, treeOf(Object.keys(specification))) as Document
}

/** Returns a document with other values of some fields; a missing value removes the field. */
export function withFields(document: Document, fields: Document): Document {
  return Object.fromEntries(Object.entries({ ...document, ...fields }).filter(([, value]) => value !== undefined))
}

function treeOf(paths: string[]): Paths {
  const tree: Paths = new Map()
  for (const path of paths) {
    const [name = '', ...rest] = path.split('.')
    const inner = rest.length === 0 ? true : treeOf([rest.join('.')])
    tree.set(name, inner)
  }
  return tree
}

/** Scalars on the way of a path are dropped, also from arrays. */
function pick(value: Value, paths: Paths): Value {
  if (Array.isArray(value)) return value.map(item => pick(item, paths)).filter(item => item !== undefined)
  if (!isDocument(value)) return undefined
  return mapFields(value, (inner, name) => {
    const rest = paths.get(name)
    return rest instanceof Map ? pick(inner, rest) : rest && inner
  })
}

function omit(value: Value, paths: Paths): Value {
  if (Array.isArray(value)) return value.map(item => omit(item, paths))
  if (!isDocument(value)) return value
  return mapFields(value, (inner, name) => {
    const rest = paths.get(name)
    return rest instanceof Map ? omit(inner, rest) : rest ? undefined : inner
  })
}

function mapFields(document: Document, change: (value: Value, name: string) => Value): Document {
  const fields = Object.entries(document).map(([name, value]) => [name, change(value, name)] as const)
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined))
}
