import mongoose from 'mongoose'
import { double, int, long, numberOf, typeOf, type Value } from './bson-types.ts'

const { Decimal128 } = mongoose.mongo.BSON

interface Operation {
  ofIntegers: (a: bigint, b: bigint) => bigint
  ofDoubles: (a: number, b: number) => number
  ofDecimals: (a: Decimal, b: Decimal) => Decimal
}

/** A finite decimal: `coefficient * 10 ** exponent`. */
interface Decimal {
  coefficient: bigint
  exponent: number
}

const ADDITION: Operation = {
  ofIntegers: (a, b) => a + b,
  ofDoubles: (a, b) => a + b,
  ofDecimals: (a, b) => {
    const exponent = Math.min(a.exponent, b.exponent)
    return { coefficient: scaled(a, exponent) + scaled(b, exponent), exponent }
  },
}

const SUBTRACTION: Operation = {
  ofIntegers: (a, b) => a - b,
  ofDoubles: (a, b) => a - b,
  ofDecimals: (a, b) => ADDITION.ofDecimals(a, { ...b, coefficient: -b.coefficient }),
}

const MULTIPLICATION: Operation = {
  ofIntegers: (a, b) => a * b,
  ofDoubles: (a, b) => a * b,
  ofDecimals: (a, b) => ({ coefficient: a.coefficient * b.coefficient, exponent: a.exponent + b.exponent }),
}

/** Returns the sum of two numbers, in the wider of their types; undefined when a long overflows. Doubles and decimals do not mix. */
export function sumOf(a: Value, b: Value): Value {
  return calculate(ADDITION, a, b)
}

/** Returns the difference of two numbers, like `sumOf`. */
export function differenceOf(a: Value, b: Value): Value {
  return calculate(SUBTRACTION, a, b)
}

/** Returns the product of two numbers, like `sumOf`. */
export function productOf(a: Value, b: Value): Value {
  return calculate(MULTIPLICATION, a, b)
}

function calculate(operation: Operation, a: Value, b: Value): Value {
  const types = [typeOf(a), typeOf(b)]
  if (types.includes('decimal')) return calculateDecimal(operation, a, b)
  const [x, y] = [numberOf(a), numberOf(b)]
  if (types.includes('double')) return double(operation.ofDoubles(Number(x), Number(y)))
  const result = operation.ofIntegers(BigInt(x), BigInt(y))
  if (!types.includes('long') && BigInt.asIntN(32, result) === result) return int(Number(result))
  return BigInt.asIntN(64, result) === result ? long(result) : undefined
}

function calculateDecimal(operation: Operation, a: Value, b: Value): Value {
  const [x, y] = [decimalOf(a), decimalOf(b)]
  if (!x || !y) {
    const result = operation.ofDoubles(Number(numberOf(a)), Number(numberOf(b)))
    return Decimal128.fromString(String(result))
  }
  const { coefficient, exponent } = operation.ofDecimals(x, y)
  return Decimal128.fromString(`${coefficient}E${exponent}`)
}

/** Returns an integer or a decimal as its digits; undefined when it is not finite. */
function decimalOf(value: Value): Decimal | undefined {
  const number = numberOf(value)
  if (typeof number === 'number' && !Number.isFinite(number)) return undefined
  const [digits = '', exponent = '0'] = String(value).split('E')
  const [whole = '', fraction = ''] = digits.split('.')
  return { coefficient: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length }
}

function scaled({ coefficient, exponent }: Decimal, to: number): bigint {
  return coefficient * 10n ** BigInt(exponent - to)
}
