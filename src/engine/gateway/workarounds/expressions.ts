import { Branch, documentIn, type Node } from '../bson-tree.ts'
import { ARITHMETIC_REWRITES } from './expressions/arithmetic.ts'
import { ARRAY_REWRITES } from './expressions/arrays.ts'
import { AVERAGE_REWRITES } from './expressions/averages.ts'
import { DATE_TEXT_REWRITES } from './expressions/date-text.ts'
import { DATE_REWRITES } from './expressions/dates.ts'
import { NUMBER_TEXT_REWRITES } from './expressions/number-text.ts'
import type { Rewrite } from './expressions/rewrite.ts'
import { STRING_REWRITES } from './expressions/strings.ts'
import { SWITCH_REWRITES } from './expressions/switch.ts'

/** The operators with faults in DocumentDB. `test/engine/faults.test.ts` checks that it still has them. */
const REWRITES: Record<string, Rewrite> = {
  ...ARITHMETIC_REWRITES,
  ...ARRAY_REWRITES,
  ...AVERAGE_REWRITES,
  ...DATE_REWRITES,
  ...DATE_TEXT_REWRITES,
  ...NUMBER_TEXT_REWRITES,
  ...STRING_REWRITES,
  ...SWITCH_REWRITES,
}

/** Operators with data or, in projections of `find`, a query. */
const OPERATORS_OF_DATA = new Set(['$literal', '$elemMatch'])

/** The names of the operators that are rewritten. */
export const REWRITTEN_OPERATORS = Object.keys(REWRITES)

/** Rewrites the operators in an expression so that DocumentDB returns what MongoDB returns for the original one. */
export function rewriteExpression(node: Node): Node {
  if (!(node instanceof Branch)) return node
  const [first] = node.fields
  if (first && OPERATORS_OF_DATA.has(first[0])) return node
  const rewritten = node.map(rewriteExpression)
  const [only, second] = rewritten.fields
  if (!only || second || !Object.hasOwn(REWRITES, only[0])) return rewritten
  return REWRITES[only[0]]?.(only[1]) ?? rewritten
}

/** Rewrites the operands of the accumulators in a document of output fields, but not the accumulators. */
export function rewriteAccumulatorOperands(outputs: Node): Node {
  const rewriteOperands = (accumulator: Node) => documentIn(accumulator)?.map(rewriteExpression) ?? accumulator
  return documentIn(outputs)?.map(rewriteOperands) ?? outputs
}
