import { arrayIn, type Node } from '../../bson-tree.ts'
import { bind, hasType, once, type Rewrite, select } from './rewrite.ts'

export const AVERAGE_REWRITES: Record<string, Rewrite> = {
  // The average of decimals is a double, and that of a single integer is an integer.
  $avg: rewriteAverage,
  // These are supported only as accumulators.
  $stdDevPop: operand => deviation(operand, 0),
  $stdDevSamp: operand => deviation(operand, 1),
}

function rewriteAverage(operand: Node): Node {
  return once({ operand: valuesIn(operand) }, ({ operand }) => {
    const sum = { $sum: operand }
    const decimal = { $divide: [sum, { $size: numbersIn(operand) }] }
    return select(
      [
        [hasType(sum, 'decimal'), decimal],
        [hasType(operand, 'int', 'long'), { $toDouble: operand }],
      ],
      { $avg: operand },
    )
  })
}

/** Adds the numbers one by one to their mean and the sum of their squared differences from it (Welford's algorithm). */
function deviation(operand: Node, missingDegrees: number): Node {
  return once({ operand: valuesIn(operand) }, ({ operand }) => {
    const difference = { $subtract: [{ $toDouble: '$$this' }, '$$value.mean'] }
    const mean = { $add: ['$$value.mean', { $divide: ['$$difference', '$$count'] }] }
    const product = { $multiply: ['$$difference', { $subtract: [{ $toDouble: '$$this' }, '$$mean'] }] }
    const next = { count: '$$count', mean: '$$mean', squares: { $add: ['$$value.squares', product] } }
    const withMean = bind('mean', mean, next)
    const added = bind('count', { $add: ['$$value.count', 1] }, bind('difference', difference, withMean))
    const initialValue = { count: 0, mean: 0, squares: 0 }
    const sums = { $reduce: { input: numbersIn(operand), initialValue, in: added } }
    const variance = { $divide: ['$$sums.squares', { $subtract: ['$$sums.count', missingDegrees] }] }
    const result = { $cond: [{ $gt: ['$$sums.count', missingDegrees] }, { $sqrt: variance }, null] }
    return bind('sums', sums, result)
  })
}

/** Returns the only operand, which may be an array of values, or all of them. */
function valuesIn(operand: Node): Node {
  const [first, second] = arrayIn(operand)?.fields ?? []
  return first && !second ? first[1] : operand
}

function numbersIn(values: Node): object {
  const input = { $cond: [{ $isArray: [values] }, values, [values]] }
  return { $filter: { input, cond: { $isNumber: '$$this' } } }
}
