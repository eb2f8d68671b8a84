import { Branch, documentIn, type Node, nodeOf } from '../bson-tree.ts'
import { ARITHMETIC_REWRITES } from './expressions/arithmetic.ts'
import { ARRAY_REWRITES } from './expressions/arrays.ts'
import { AVERAGE_REWRITES } from './expressions/averages.ts'
import { DATE_TEXT_REWRITES } from './expressions/date-text.ts'
import { DATE_REWRITES } from './expressions/dates.ts'
import type { Rewrite } from './expressions/rewrite.ts'
import { STRING_REWRITES } from './expressions/strings.ts'

/** The operators with faults in DocumentDB. `test/engine/faults.test.ts` checks that it still has them. */
const REWRITES: Record<string, Rewrite> = {
  ...ARITHMETIC_REWRITES,
  ...ARRAY_REWRITES,
  ...AVERAGE_REWRITES,
  ...DATE_REWRITES,
  ...DATE_TEXT_REWRITES,
  ...STRING_REWRITES,
  // Doubles are cut to six digits.
  $toString: rewriteToString,
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

/**
 * Converts integral doubles as integers, and others as decimals, which have 15 digits. Where these do not identify the double, a
 * conversion to a number raises an error that says so, since no expression yields 17 digits.
 */
function rewriteToString(operand: Node): Node {
  const absolute = { $abs: '$$value' }
  const isNumber = { $and: [{ $gte: [absolute, 0] }, { $lt: [absolute, Number.POSITIVE_INFINITY] }] }
  const isOrdinary = { $or: [{ $ne: [{ $type: '$$value' }, 'double'] }, { $not: [isNumber] }] }
  const isIntegral = { $and: [{ $eq: ['$$value', { $floor: '$$value' }] }, { $lte: [absolute, 1e15] }] }
  const digits = { $rtrim: { input: { $toString: { $toDecimal: '$$value' } }, chars: '0' } }
  const isPlain = { $and: [{ $gte: [absolute, 1e-4] }, { $lt: [absolute, 1e15] }] }
  const isExact = { $and: [isPlain, { $eq: [{ $toDouble: '$$digits' }, '$$value'] }] }
  const failure = {
    $toInt: { $concat: ['a double with more than 15 digits can not be converted to a string: ', '$$digits'] },
  }
  const fraction = { $let: { vars: { digits }, in: { $cond: [isExact, '$$digits', failure] } } }
  const double = { $cond: [isIntegral, { $toString: { $toLong: '$$value' } }, fraction] }
  return nodeOf({ $let: { vars: { value: operand }, in: { $cond: [isOrdinary, { $toString: '$$value' }, double] } } })
}
