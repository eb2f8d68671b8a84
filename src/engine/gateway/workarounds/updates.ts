import { arrayIn, Branch, documentIn, type Node, nodeOf, regexIn } from '../bson-tree.ts'
import { withoutEmptyIncrements } from './increments.ts'
import { rewritePipeline } from './pipelines.ts'

/** Operators that compare the value of a field with another one. */
const COMPARING_OPERATORS = new Set(['$min', '$max'])

/**
 * Rewrites an update so that DocumentDB does what MongoDB does with the original one. New fields are added in the order of their
 * paths, as MongoDB does; one of an operator can not be added between two of another. A replacement stays unchanged.
 */
export function rewriteUpdate(update: Node): Node {
  if (arrayIn(update)) return rewritePipeline(update)
  const operators = documentIn(update)
  if (!operators?.fields[0]?.[0].startsWith('$')) return update
  const sorted = withoutEmptyIncrements(operators)
    .map(rewriteOperator)
    .sorted(([, a], [, b]) => comparePaths(firstPath(a), firstPath(b)))
  return comparingPipeline(sorted) ?? sorted
}

function rewriteOperator(operand: Node, name: string): Node {
  const fields = documentIn(operand)
  if (!fields) return operand
  // A regular expression removes nothing.
  const rewritten = name === '$pull' ? fields.map(value => (regexIn(value) ? nodeOf({ $in: [value] }) : value)) : fields
  return rewritten.sorted(([a], [b]) => comparePaths(a, b))
}

/**
 * Returns a pipeline for an update that consists of `$min` and `$max` of top-level fields, undefined for any other one. DocumentDB's
 * operators do not order NaN below all numbers.
 */
function comparingPipeline(update: Branch): Node | undefined {
  const comparisons = update.fields.flatMap(([operator, operand]) =>
    (documentIn(operand)?.fields ?? []).map(([path, value]) => ({ operator, path, value })),
  )
  const isPlain = update.fields.every(([operator, operand]) => COMPARING_OPERATORS.has(operator) && documentIn(operand))
  const paths = new Set(comparisons.map(({ path }) => path))
  if (!isPlain || paths.size === 0 || paths.size < comparisons.length) return undefined
  if ([...paths].some(path => !/^[^.$\0]+$/.test(path) || path === '_id')) return undefined
  const values = comparisons.map(({ path, ...comparison }) => [path, nodeOf(chosen(path, comparison))] as const)
  return nodeOf([{ $set: new Branch(values) }])
}

function chosen(path: string, { operator, value }: { operator: string; value: Node }): object {
  const [field, literal] = [`$${path}`, { $literal: value }]
  const isBetter = operator === '$max' ? { $lt: [field, literal] } : { $gt: [field, literal] }
  return { $cond: [{ $or: [{ $eq: [{ $type: field }, 'missing'] }, isBetter] }, literal, field] }
}

function firstPath(operand: Node): string {
  return documentIn(operand)?.fields[0]?.[0] ?? ''
}

/** Compares dotted paths component by component: numbers by value, everything else by code units. */
function comparePaths(a: string, b: string): number {
  const [as, bs] = [a.split('.'), b.split('.')]
  const i = as.findIndex((component, at) => component !== bs[at])
  if (i < 0) return as.length - bs.length
  return compareComponents(as[i] ?? '', bs[i] ?? '')
}

function compareComponents(a: string, b: string): number {
  if (/^\d+$/.test(a) && /^\d+$/.test(b)) return Number(a) - Number(b)
  return a < b ? -1 : 1
}
