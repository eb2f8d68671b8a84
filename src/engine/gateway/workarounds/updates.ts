import { arrayIn, documentIn, type Node, nodeOf, regexIn } from '../bson-tree.ts'
import { rewritePipeline } from './pipelines.ts'

/**
 * Rewrites an update so that DocumentDB does what MongoDB does with the original one. New fields are added in the order of their
 * paths, as MongoDB does; one of an operator can not be added between two of another. A replacement stays unchanged.
 */
export function rewriteUpdate(update: Node): Node {
  if (arrayIn(update)) return rewritePipeline(update)
  const operators = documentIn(update)
  if (!operators?.fields[0]?.[0].startsWith('$')) return update
  return operators.map(rewriteOperator).sorted(([, a], [, b]) => comparePaths(firstPath(a), firstPath(b)))
}

function rewriteOperator(operand: Node, name: string): Node {
  const fields = documentIn(operand)
  if (!fields) return operand
  // A regular expression removes nothing.
  const rewritten = name === '$pull' ? fields.map(value => (regexIn(value) ? nodeOf({ $in: [value] }) : value)) : fields
  return rewritten.sorted(([a], [b]) => comparePaths(a, b))
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
