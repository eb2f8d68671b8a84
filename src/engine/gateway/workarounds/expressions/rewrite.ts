import { Branch, type Node, nodeOf, textOf } from '../../bson-tree.ts'

/**
 * How an operator is rewritten.
 * @param operand what stands behind the operator; the operators in it have been rewritten
 * @returns the expression to evaluate instead; undefined leaves the operator as it is
 */
export type Rewrite = (operand: Node) => Node | undefined

/** Prefix of the variables that rewritten expressions define, so that they do not hide those of users. */
const PREFIX = 'operand_'

/**
 * Returns an expression that may use operands several times but evaluates each of them once: constants, paths and variables are
 * inserted, others are bound.
 * @param build receives what stands for each operand; null stands for one that is missing
 * @param options.constants binds constants, too: expressions of constants are evaluated even if their result is not used, which
 *   raises errors
 */
export function once<Name extends string>(
  operands: Record<Name, Node>,
  build: (references: Record<Name, Node>) => unknown,
  { constants = false } = {},
): Node {
  const isBound = (operand: Node) => operand instanceof Branch || (constants && isConstant(operand))
  const bound = Object.entries<Node>(operands).filter(([, operand]) => isBound(operand))
  const references = bound.map(([name]) => [name, nodeOf(`$$${PREFIX}${name}`)])
  const built = build({ ...operands, ...Object.fromEntries(references) })
  return nodeOf(bound.reduce((result: unknown, [name, operand]) => bind(PREFIX + name, operand, result), built))
}

/**
 * Binds a variable. `$let` would evaluate the value again wherever the variable is used, and nested ones exponentially often;
 * `$map` evaluates it once.
 */
export function bind(variable: string, value: unknown, result: unknown): object {
  return { $arrayElemAt: [{ $map: { input: [value], as: variable, in: result } }, 0] }
}

/** Whether a node is a constant other than a document or array. */
export function isConstant(node: Node): boolean {
  return !(node instanceof Branch) && !textOf(node)?.startsWith('$')
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
