import { Decimal128 } from 'mongodb'
import { documentIn, type Node, nodeOf, plainValue, textOf } from '../../bson-tree.ts'
import { bind, hasType, isConstant, once, type Rewrite, select } from './rewrite.ts'

const STRING_TYPE = 2
/** Doubles below this size are scaled, since the power of two that makes them integers is not a double. */
const SMALL = 1e-280
const SCALE_EXPONENT = 200
/** MongoDB writes numbers with an exponent if their decimal exponent is outside -4 to 15. */
const SMALLEST_PLAIN = 1e-4
const LARGEST_PLAIN = 1e16

export const NUMBER_TEXT_REWRITES: Record<string, Rewrite> = {
  // Doubles are cut to six digits.
  $toString: operand => once({ value: operand }, ({ value }) => textOfNumber(value), { constants: true }),
  $convert: rewriteConvert,
}

function rewriteConvert(operand: Node): Node | undefined {
  const operands = documentIn(operand)
  const input = operands?.get('input')
  const to = operands?.get('to')
  const type = documentIn(to)?.get('type') ?? to
  if (!operands || !input || !type || !isConstant(type)) return undefined
  if (textOf(type) !== 'string' && plainValue(type) !== STRING_TYPE) return undefined
  return once(
    { input },
    references => {
      const text = { $cond: [hasType(references.input, 'double'), textOfNumber(references.input), references.input] }
      return { $convert: operands.with('input', nodeOf(text)) }
    },
    { constants: true },
  )
}

/** Returns the shortest text that identifies a double; other types are converted by `$toString`. */
function textOfNumber(value: Node): object {
  const size = { $abs: value }
  const isIntegral = { $and: [{ $eq: [value, { $floor: value }] }, { $lt: [size, LARGEST_PLAIN] }] }
  // The conversion to decimal yields 15 digits.
  const digits = { $rtrim: { input: { $toString: { $toDecimal: value } }, chars: '0' } }
  const isPlain = { $and: [{ $gte: [size, SMALLEST_PLAIN] }, { $lt: [size, 1e15] }] }
  const isExact = { $cond: [isPlain, { $eq: [{ $toDouble: '$$digits' }, value] }, false] }
  const all = { $concat: [{ $cond: [{ $lt: [value, 0] }, '-', ''] }, allDigits(size)] }
  return select(
    [
      [{ $ne: [{ $type: value }, 'double'] }, { $toString: value }],
      [{ $in: [size, [Number.NaN, Number.POSITIVE_INFINITY]] }, { $toString: value }],
      [{ $eq: [value, 0] }, { $toLower: value }],
      [isIntegral, { $toString: { $toLong: value } }],
    ],
    bind('digits', digits, { $cond: [isExact, '$$digits', all] }),
  )
}

/** Returns the text of a positive double with as many of 15 to 17 digits as identify it. */
function allDigits(size: object): object {
  const isPlain = { $and: [{ $gte: ['$$exponent', -4] }, { $lt: ['$$exponent', 16] }] }
  return steps(
    {
      size,
      exact: exactDecimal('$$size'),
      logarithm: { $toInt: { $floor: { $log10: '$$size' } } },
      // The logarithm can be off at powers of ten.
      estimate: { $add: ['$$logarithm', shiftOf(divided('$$exact', '$$logarithm'))] },
      significand: divided('$$exact', '$$estimate'),
      rounded: select(
        [15, 16].map(count => [identifies(count), roundedTo(count)] as const),
        roundedTo(17),
      ),
      // Rounding can have added a digit.
      shift: shiftOf('$$rounded'),
      exponent: { $add: ['$$estimate', '$$shift'] },
      decimals: { $toString: divided('$$rounded', '$$shift') },
      text: { $rtrim: { input: { $rtrim: { input: '$$decimals', chars: '0' } }, chars: '.' } },
    },
    { $cond: [isPlain, plainText(), scientificText()] },
  )
}

/** Converts a double to a decimal of 34 digits: as an integer, multiplied by a power of two. */
function exactDecimal(size: unknown): object {
  const isSmall = { $lt: [size, SMALL] }
  return steps(
    {
      scale: { $cond: [isSmall, SCALE_EXPONENT, 0] },
      scaled: { $cond: [isSmall, { $multiply: [size, 2 ** SCALE_EXPONENT] }, size] },
      // One more bit, since the logarithm can be off at powers of two.
      bits: { $subtract: [53, { $toInt: { $floor: { $log: ['$$scaled', 2] } } }] },
      integer: { $toDecimal: { $toLong: { $multiply: ['$$scaled', { $pow: [2, '$$bits'] }] } } },
    },
    { $multiply: ['$$integer', power('2', { $multiply: [{ $add: ['$$bits', '$$scale'] }, -1] })] },
  )
}

function divided(decimal: string, exponent: string): object {
  return { $multiply: [decimal, power('10', { $multiply: [exponent, -1] })] }
}

/** Returns by how much the exponent of a number must be raised so that it has one digit before the point. */
function shiftOf(significand: unknown): object {
  return select(
    [
      [{ $gte: [significand, 10] }, 1],
      [{ $lt: [significand, 1] }, -1],
    ],
    0,
  )
}

function roundedTo(digits: number): object {
  return { $round: ['$$significand', digits - 1] }
}

function identifies(digits: number): object {
  const text = { $concat: [{ $toString: roundedTo(digits) }, 'E', { $toString: '$$estimate' }] }
  return { $eq: [{ $convert: { input: text, to: 'double', onError: null } }, '$$size'] }
}

/** Returns `digits.digitse+exponent`; the exponent has at least two digits. */
function scientificText(): object {
  const size = { $abs: '$$exponent' }
  const sign = { $cond: [{ $lt: ['$$exponent', 0] }, 'e-', 'e+'] }
  return { $concat: ['$$text', sign, { $cond: [{ $lt: [size, 10] }, '0', ''] }, { $toString: size }] }
}

/** Moves the point by the exponent. */
function plainText(): object {
  const digits = { $replaceOne: { input: '$$text', find: '.', replacement: '' } }
  const zeros = (count: unknown) => ({ $substrBytes: ['0'.repeat(16), 0, count] })
  const integral = { $add: ['$$exponent', 1] }
  const missing = { $subtract: [integral, { $strLenBytes: '$$digits' }] }
  const beforePoint = { $substrBytes: ['$$digits', 0, integral] }
  const moved = select(
    [
      [{ $lt: ['$$exponent', 0] }, { $concat: ['0.', zeros({ $multiply: [integral, -1] }), '$$digits'] }],
      [{ $gte: [missing, 0] }, { $concat: ['$$digits', zeros(missing)] }],
    ],
    { $concat: [beforePoint, '.', { $substrBytes: ['$$digits', integral, -1] }] },
  )
  return bind('digits', digits, moved)
}

function power(base: string, exponent: unknown): object {
  return { $pow: [Decimal128.fromString(base), exponent] }
}

/** Binds variables one after the other: each value can use the variables before it. */
function steps(bindings: Record<string, unknown>, result: unknown): object {
  return Object.entries(bindings).reduceRight((rest, [name, value]) => bind(name, value, rest), result) as object
}
