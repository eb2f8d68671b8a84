import { Branch, type Node, nodeOf, plainValue, textOf } from '../../bson-tree.ts'

/**
 * How an operator is rewritten.
 * @param operand what stands behind the operator; the operators in it have been rewritten
 * @returns the expression to evaluate instead; undefined leaves the operator as it is
 */
export type Rewrite = (operand: Node) => Node | undefined

/** Prefix of the variables that rewritten expressions define, so that they do not hide those of users. */
const PREFIX = 'operand_'
/** The BSON types double, int, long and decimal. */
const NUMBER_TYPES = new Set([1, 16, 18, 19])

/**
 * Returns an expression that may use operands several times but evaluates each of them once: constants, paths and variables are
 * inserted, others are bound by `$let`.
 * @param build receives what stands for each operand
 */
export function once<Name extends string>(
  operands: Record<Name, Node>,
  build: (references: Record<Name, Node>) => unknown,
): Node {
  const bound = Object.entries<Node>(operands).filter(([, operand]) => operand instanceof Branch)
  const references = bound.map(([name]) => [name, nodeOf(`$$${PREFIX}${name}`)])
  const built = build({ ...operands, ...Object.fromEntries(references) })
  if (bound.length === 0) return nodeOf(built)
  const vars = Object.fromEntries(bound.map(([name, operand]) => [PREFIX + name, operand]))
  return nodeOf({ $let: { vars, in: built } })
}

/** Whether a node is a constant other than a document or array. */
export function isConstant(node: Node): boolean {
  return !(node instanceof Branch) && !textOf(node)?.startsWith('$')
}

/** Returns the value of a constant number; undefined for other types and expressions. */
export function numberOf(node: Node | undefined): number | undefined {
  if (node === undefined || node instanceof Branch || !NUMBER_TYPES.has(node.type)) return undefined
  return Number(plainValue(node))
}

/** Returns an expression that is true if another one is null or missing. */
export function isNullish(expression: unknown): object {
  return { $eq: [{ $ifNull: [expression, null] }, null] }
}

/** Returns an expression that is true if the value of another one has one of these BSON types. */
export function hasType(expression: unknown, ...types: string[]): object {
  const type = { $type: expression }
  return types.length === 1 ? { $eq: [type, types[0]] } : { $in: [type, types] }
}

/** Returns an expression with the result of the first case whose condition is true. */
export function select(cases: (readonly [condition: unknown, result: unknown])[], otherwise: unknown): object {
  return cases.reduceRight((rest, [condition, result]) => ({ $cond: [condition, result, rest] }), otherwise) as object
}
