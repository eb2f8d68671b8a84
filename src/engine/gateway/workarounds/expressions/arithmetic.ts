import { Decimal128, Double } from 'mongodb'
import { arrayIn, type Node, numberIn } from '../../bson-tree.ts'
import { bind, hasType, isNullish, once, type Rewrite, select } from './rewrite.ts'

const LARGEST_COMMON_EXPONENT = 10

export const ARITHMETIC_REWRITES: Record<string, Rewrite> = {
  // Long operands are rounded to doubles, and the remainder of an integer by a double is an integer.
  $mod: operand => withTwo(operand, remainder),
  // A result that exceeds the range of doubles is refused instead of infinite.
  $pow: operand => withTwo(operand, power),
  // A base below 1 is refused, and a base that is not valid is accepted for NaN.
  $log: operand => withTwo(operand, logarithm),
  // If the second operand is null, a first one of a wrong type is accepted.
  $atan2: operand => withTwo(operand, (y, x) => withCheckedFirst('$atan2', y, x)),
  $round: operand => withTwo(operand, (value, place) => withCheckedFirst('$round', value, place)),
  $trunc: operand => withTwo(operand, (value, place) => withCheckedFirst('$trunc', value, place)),
  // For decimals, pi has the digits of a double.
  $degreesToRadians: operand => converted('$degreesToRadians', operand, '0.01745329251994329576923690768488613'),
  $radiansToDegrees: operand => converted('$radiansToDegrees', operand, '57.29577951308232087679815481410517'),
}

/** Rewrites an operator with exactly two operands. */
function withTwo(operand: Node, rewrite: (first: Node, second: Node) => Node | undefined): Node | undefined {
  const [first, second, third] = arrayIn(operand)?.fields.map(([, value]) => value) ?? []
  return first && second && !third ? rewrite(first, second) : undefined
}

function remainder(dividend: Node, divisor: Node): Node {
  return once({ dividend, divisor }, ({ dividend, divisor }) => {
    const isInteger = hasType(dividend, 'int', 'long')
    const byDouble = { $mod: [{ $toDouble: dividend }, divisor] }
    const byInteger = { $toLong: { $mod: [{ $toDecimal: dividend }, divisor] } }
    const isLong = { $and: [hasType(dividend, 'long'), hasType(divisor, 'int', 'long')] }
    return select(
      [
        [{ $and: [hasType(divisor, 'double'), isInteger] }, byDouble],
        [isLong, byInteger],
      ],
      { $mod: [dividend, divisor] },
    )
  })
}

/** Small constant exponents are left as they are: their results rarely exceed the range. */
function power(base: Node, exponent: Node): Node | undefined {
  if (Math.abs(numberIn(exponent) ?? Number.POSITIVE_INFINITY) <= LARGEST_COMMON_EXPONENT) return undefined
  return once(
    { base, exponent },
    ({ base, exponent }) => {
      const types = ['int', 'long', 'double']
      const isBinary = { $and: [hasType(base, ...types), hasType(exponent, ...types), { $ne: [base, 0] }] }
      const size = { $multiply: [{ $ln: { $abs: { $toDouble: base } } }, { $divide: [exponent, Math.LN2] }] }
      const isOdd = { $eq: [{ $abs: { $mod: [{ $toDouble: exponent }, 2] } }, 1] }
      const sign = { $cond: [{ $and: [{ $lt: [base, 0] }, isOdd] }, -1, 1] }
      const half = { $trunc: { $divide: [exponent, 2] } }
      const halves = [{ $pow: [base, half] }, { $pow: [base, { $subtract: [exponent, half] }] }]
      const native = { $pow: [base, exponent] }
      const cases: [unknown, unknown][] = [
        [{ $eq: ['$$size', Number.NaN] }, native],
        [{ $gte: ['$$size', 1024] }, { $multiply: [sign, Number.POSITIVE_INFINITY] }],
        [{ $lt: ['$$size', -1100] }, { $multiply: [sign, new Double(0)] }],
        // Doubles below this size have less digits.
        [{ $lt: ['$$size', -1022] }, { $multiply: halves }],
      ]
      const checked = bind('size', size, select(cases, native))
      return { $cond: [isBinary, checked, native] }
    },
    { constants: true },
  )
}

function logarithm(value: Node, base: Node): Node | undefined {
  if ((numberIn(base) ?? 0) > 1) return undefined
  return once(
    { value, base },
    ({ value, base }) => {
      const isFraction = { $and: [{ $isNumber: value }, { $gt: [base, 0] }, { $lt: [base, 1] }] }
      const isDecimal = { $or: [hasType(value, 'decimal'), hasType(base, 'decimal')] }
      const [ofValue, ofBase] = [value, base].map(of => ({ $ln: { $cond: [isDecimal, { $toDecimal: of }, of] } }))
      const isBadBase = { $and: [{ $isNumber: base }, { $or: [{ $lte: [base, 0] }, { $eq: [base, 1] }] }] }
      return select(
        [
          // The logarithm to base 2 refuses the same values.
          [isFraction, { $cond: [{ $lte: [value, 0] }, { $log: [value, 2] }, { $divide: [ofValue, ofBase] }] }],
          // The logarithm of 2 refuses the same bases.
          [{ $and: [{ $in: [value, [Number.NaN]] }, isBadBase] }, { $log: [2, base] }],
        ],
        { $log: [value, base] },
      )
    },
    { constants: true },
  )
}

/** Replaces a second operand that is null by a number if the first one has a wrong type, which is refused then. */
function withCheckedFirst(operator: string, first: Node, second: Node): Node | undefined {
  if (numberIn(second) !== undefined || numberIn(first) !== undefined) return undefined
  return once({ first }, ({ first }) => {
    const isValid = { $or: [{ $isNumber: first }, isNullish(first)] }
    return { [operator]: [first, { $ifNull: [second, { $cond: [isValid, null, 0] }] }] }
  })
}

function converted(operator: string, operand: Node, factor: string): Node {
  return once({ operand }, ({ operand }) => {
    const product = { $multiply: [operand, Decimal128.fromString(factor)] }
    return { $cond: [hasType(operand, 'decimal'), product, { [operator]: operand }] }
  })
}
