import mongoose from 'mongoose'

const { Double, Int32, Long } = mongoose.mongo.BSON

/** A BSON value as the driver returns it with `promoteValues: false`; undefined stands for a missing field. */
export type Value = unknown
export type Document = Record<string, Value>

/** The names that `$type` has for the classes of the driver. */
const ALIASES: Record<string, string> = {
  Double: 'double',
  Int32: 'int',
  Long: 'long',
  Decimal128: 'decimal',
  Binary: 'binData',
  ObjectId: 'objectId',
  BSONRegExp: 'regex',
  Timestamp: 'timestamp',
  MinKey: 'minKey',
  MaxKey: 'maxKey',
}

/** Returns the name that `$type` has for the type of a value; `missing` for undefined. */
export function typeOf(value: Value): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'bool'
  if (Array.isArray(value)) return 'array'
  if (value instanceof Date) return 'date'
  const alias = ALIASES[(value as { _bsontype?: string })._bsontype ?? '']
  return alias ?? 'object'
}

export function isDocument(value: Value): value is Document {
  return typeOf(value) === 'object'
}

export function isNumber(value: Value): boolean {
  return ['double', 'int', 'long', 'decimal'].includes(typeOf(value))
}

/** Returns a number that compares exactly with others: a bigint for a long. Decimals must be exact as doubles. */
export function numberOf(value: Value): number | bigint {
  if (value instanceof Long) return value.toBigInt()
  // The text of a double has no sign of zero.
  if (value instanceof Double) return value.value
  return Number(String(value))
}

export const int = (value: number) => new Int32(value)
export const double = (value: number) => new Double(value)
export const long = (value: number | bigint) => Long.fromBigInt(BigInt(value))

/** Returns extended JSON in which every value shows its type. */
export function textOf(value: Value): string {
  return value === undefined ? 'missing' : mongoose.mongo.BSON.EJSON.stringify(value, { relaxed: false })
}
