import fc from 'fast-check'
import mongoose from 'mongoose'
import { type Document, double, int, long, textOf, typeOf, type Value } from './bson-types.ts'

const { BSONRegExp, Binary, Decimal128, MaxKey, MinKey, ObjectId, Timestamp, UUID } = mongoose.mongo.BSON

/** Few values, so that equal ones meet; all are exact as doubles, except for a long that no double equals. */
const INTEGERS = [...[1, 0, 2, -1].map(int), ...[1, 2, -1, 2n ** 53n + 1n].map(long)]
const DOUBLES = [1, 0, -0, 1.5, -2.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(
  double,
)
/** No fraction and no infinity that a double or another decimal equals: the embedded engine misses it in `$in` and `$or`. */
const DECIMALS = ['1', '2.0', '0.25', 'NaN'].map(text => Decimal128.fromString(text))
const STRINGS = ['a', '', 'b', 'ab', 'B', 'ä', '1']
const DATES = ['2024-02-29T12:30:00Z', '1999-12-31T23:59:59.999Z', '1970-01-01T00:00:00Z', '1969-12-31T23:59:59.999Z']
const OTHERS = [
  new ObjectId('65a000000000000000000001'),
  new ObjectId('65a000000000000000000002'),
  new Binary(Buffer.from('b')),
  new Binary(Buffer.from('ab')),
  new Binary(Buffer.from('b'), 128),
  new UUID('0b5c8d3e-0000-4000-8000-000000000000'),
  new Timestamp({ t: 1_700_000_000, i: 1 }),
  new Timestamp({ t: 1_700_000_000, i: 2 }),
  new MinKey(),
  new MaxKey(),
]

export const integer = fc.constantFrom(...INTEGERS)
export const decimal = fc.constantFrom(...DECIMALS)
export const binaryNumber = fc.constantFrom(...INTEGERS, ...DOUBLES)
const number = fc.constantFrom(...INTEGERS, ...DOUBLES, ...DECIMALS, Decimal128.fromString('-0'))
export const regex = fc.constantFrom(new BSONRegExp('a'), new BSONRegExp('^b', 'i'))

/** Values of all types that compare by their order. */
export const ordered: fc.Arbitrary<Value> = fc.oneof(
  { weight: 6, arbitrary: number },
  { weight: 2, arbitrary: fc.constantFrom(...STRINGS) },
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 2, arbitrary: fc.constantFrom(...DATES).map(text => new Date(text)) },
  { weight: 2, arbitrary: fc.constantFrom(...OTHERS) },
)

export const scalar: fc.Arbitrary<Value> = fc.oneof({ weight: 14, arbitrary: ordered }, { weight: 1, arbitrary: regex })

/** Values to calculate with. The embedded engine calculates with booleans, too. */
const calculable = fc.oneof(
  binaryNumber,
  scalar.filter(value => !['bool', 'decimal'].includes(typeOf(value))),
)
const decimalCalculable = fc.oneof(integer, decimal)

/** Documents and arrays that contain one of these values in each field or item. */
function containing(inner: fc.Arbitrary<Value>, minLength: number): fc.Arbitrary<Value> {
  const document = fc.record({ a: inner, b: inner, c: inner }, { requiredKeys: [] })
  return fc.oneof(document, fc.array(inner, { minLength, maxLength: 3 }))
}

/**
 * Values of all types, nested up to three levels deep.
 * @param minLength the minimum length of the arrays in them
 */
export function anyValue(minLength: number): fc.Arbitrary<Value> {
  const shallow = fc.oneof({ weight: 3, arbitrary: scalar }, { weight: 1, arbitrary: containing(scalar, minLength) })
  return fc.oneof(
    { weight: 2, arbitrary: scalar },
    { weight: 2, arbitrary: containing(shallow, minLength) },
    { weight: 1, arbitrary: containing(fc.oneof(shallow, containing(shallow, minLength)), minLength) },
  )
}

/** Whether NaN is nowhere in a value. */
export function hasNoNaN(value: Value): boolean {
  return !textOf(value).includes('"NaN"')
}

/** Whether MinKey is nowhere in a value. */
export function hasNoMinKey(value: Value): boolean {
  return !textOf(value).includes('"$minKey"')
}

/**
 * Documents without `_id`: `a`, `b` and `c` have any value, `s` is no array and no document, `n` is no decimal and no boolean besides,
 * and `m` is an integer or a decimal.
 */
function documentOf(value: fc.Arbitrary<Value>, n: fc.Arbitrary<Value> = calculable): fc.Arbitrary<Document> {
  const fields = { a: value, b: value, c: value, s: scalar, n, m: decimalCalculable }
  return fc.record(fields, { requiredKeys: [] })
}

/** Up to 12 documents, whose `_id` is their number. */
function collectionOf(document: fc.Arbitrary<Document>): fc.Arbitrary<Document[]> {
  return fc
    .array(document, { minLength: 1, maxLength: 12, size: 'max' })
    .map(all => all.map((fields, i) => ({ _id: int(i), ...fields })))
}

export const documents = collectionOf(documentOf(anyValue(0)))
/** Documents without empty arrays: the embedded engine sorts these as null, MongoDB before null. */
export const documentsToSort = collectionOf(documentOf(anyValue(1)))
/**
 * A document without empty arrays, in which the embedded engine refuses a name with another code; and without NaN, which it does not
 * find less than other numbers in `$min` and `$max`.
 */
export const documentToUpdate = documentOf(anyValue(1)).filter(hasNoNaN)

/**
 * Documents without empty arrays, in which `n` is an integer or a double; and without MinKey, which the embedded engine does not find
 * less than a missing value in expressions.
 */
export const documentsToAggregate = collectionOf(documentOf(anyValue(1), binaryNumber).filter(hasNoMinKey))
