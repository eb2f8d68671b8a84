import { type Document, numberOf, typeOf, type Value } from './bson-types.ts'

/** The types in ascending order. Types with the same rank compare by value. */
const RANKS: Record<string, number> = {
  minKey: -1,
  missing: 0,
  null: 5,
  double: 10,
  int: 10,
  long: 10,
  decimal: 10,
  string: 15,
  object: 20,
  array: 25,
  binData: 30,
  objectId: 35,
  bool: 40,
  date: 45,
  timestamp: 47,
  regex: 50,
  maxKey: 127,
}

/** Returns the place of a value's type in the order of all types. */
export function rankOf(value: Value): number {
  return RANKS[typeOf(value)] as number
}

/** Compares two values of any types in MongoDB's order. Missing comes before null. */
export function compareValues(a: Value, b: Value): number {
  const ranks = rankOf(a) - rankOf(b)
  if (ranks !== 0) return ranks
  switch (typeOf(a)) {
    case 'double':
    case 'int':
    case 'long':
    case 'decimal':
      return compareNumbers(numberOf(a), numberOf(b))
    case 'string':
      return Buffer.compare(Buffer.from(a as string), Buffer.from(b as string))
    case 'object':
      return compareDocuments(a as Document, b as Document)
    case 'array':
      return compareArrays(a as Value[], b as Value[])
    case 'binData':
      return compareBinary(a as Binary, b as Binary)
    case 'bool':
    case 'date':
      return Number(a) - Number(b)
    case 'objectId':
      return compareText(String(a), String(b))
    case 'timestamp':
      return compareTimestamps(a as Timestamp, b as Timestamp)
    case 'regex':
      return compareText(expressionOf(a as Expression), expressionOf(b as Expression))
    default:
      return 0
  }
}

export function isEqual(a: Value, b: Value): boolean {
  return compareValues(a, b) === 0
}

interface Binary {
  buffer: Uint8Array
  position: number
  sub_type: number
}

interface Timestamp {
  t: number
  i: number
}

interface Expression {
  pattern: string
  options: string
}

/** NaN equals itself and is less than all other numbers. */
function compareNumbers(a: number | bigint, b: number | bigint): number {
  const [aIsNaN, bIsNaN] = [Number.isNaN(a), Number.isNaN(b)]
  if (aIsNaN || bIsNaN) return Number(bIsNaN) - Number(aIsNaN)
  return a < b ? -1 : a > b ? 1 : 0
}

/** Compares field by field: the type, then the name, then the value. */
function compareDocuments(a: Document, b: Document): number {
  const [fields, others] = [Object.entries(a), Object.entries(b)]
  for (const [i, [name, value]] of fields.entries()) {
    const other = others[i]
    if (!other) return 1
    const order = rankOf(value) - rankOf(other[1]) || compareText(name, other[0]) || compareValues(value, other[1])
    if (order !== 0) return order
  }
  return fields.length - others.length
}

function compareArrays(a: Value[], b: Value[]): number {
  for (const [i, value] of a.entries()) {
    if (i >= b.length) return 1
    const order = compareValues(value, b[i])
    if (order !== 0) return order
  }
  return a.length - b.length
}

/** Compares the lengths, then the subtypes, then the bytes. */
function compareBinary(a: Binary, b: Binary): number {
  return a.position - b.position || a.sub_type - b.sub_type || Buffer.compare(a.buffer, b.buffer)
}

function compareTimestamps(a: Timestamp, b: Timestamp): number {
  return a.t - b.t || a.i - b.i
}

function expressionOf({ pattern, options }: Expression): string {
  return `${pattern}\0${options}`
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
