import { type Document, int, isDocument, long, type Value } from './bson-types.ts'
import { evaluate } from './expression-oracle.ts'
import { matches } from './filter-oracle.ts'
import { grouped } from './group-oracle.ts'
import { excluded, included, withFields } from './projection-oracle.ts'
import { type SortPattern, sorted } from './sort-oracle.ts'
import { changedAt } from './update-paths.ts'

/** Returns the output of an aggregation pipeline. Its order counts only where the pipeline sorts. */
export function aggregated(documents: Document[], pipeline: Document[]): Document[] {
  return pipeline.reduce((all, stage) => {
    const [[name, operand] = ['', undefined]] = Object.entries(stage)
    return executed(all, name, operand)
  }, documents)
}

function executed(documents: Document[], stage: string, operand: Value): Document[] {
  const specification = operand as Document
  switch (stage) {
    case '$match':
      return documents.filter(document => matches(document, specification))
    case '$sort':
      return sorted(documents, specification as SortPattern)
    case '$skip':
      return documents.slice(operand as number)
    case '$limit':
      return documents.slice(0, operand as number)
    case '$addFields':
      return documents.map(document => withFields(document, evaluateFields(specification, document)))
    case '$project':
      return documents.map(document => projected(document, specification))
    case '$unwind':
      return documents.flatMap(document => unwound(document, specification as unknown as Unwind))
    case '$group':
      return grouped(documents, specification)
    case '$count':
      return documents.length === 0 ? [] : [{ [operand as string]: int(documents.length) }]
    default:
      throw new Error(`the oracle does not know ${stage}`)
  }
}

function evaluateFields(fields: Document, document: Document): Document {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, evaluate(value, document)]))
}

function projected(document: Document, specification: Document): Document {
  const isExclusion = Object.values(specification).includes(false)
  return isExclusion ? excluded(document, specification) : included(document, specification)
}

interface Unwind {
  path: string
  preserveNullAndEmptyArrays?: boolean
  includeArrayIndex?: string
}

/** Returns a document for each item of an array; another value counts as its only item. */
function unwound(document: Document, { path, preserveNullAndEmptyArrays, includeArrayIndex }: Unwind): Document[] {
  const names = path.slice(1).split('.')
  const value = names.reduce<Value>((inner, name) => (isDocument(inner) ? inner[name] : undefined), document)
  const withIndex = (one: Document, index: Value) => (includeArrayIndex ? { ...one, [includeArrayIndex]: index } : one)
  if (Array.isArray(value) && value.length > 0) {
    return value.map((item, i) =>
      withIndex(
        changedAt(document, names, () => item),
        long(i),
      ),
    )
  }
  if (value !== undefined && value !== null && !Array.isArray(value)) return [withIndex(document, null)]
  if (!preserveNullAndEmptyArrays) return []
  return [withIndex(Array.isArray(value) ? changedAt(document, names, () => undefined) : document, null)]
}
