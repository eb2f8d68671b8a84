import fc from 'fast-check'
import { type Document, int, typeOf, type Value } from './bson-types.ts'
import { anyValue, ordered, regex } from './document-arbitraries.ts'

const PATHS = ['a', 'b', 'c', 's', 'a.b', 'b.a', 'a.b.c', 'c.c', 'a.0', 'a.1', 'b.0.a', 'a.b.0']
const TYPES = 'string object array binData objectId bool date null regex int timestamp long minKey maxKey'
const NUMBER_TYPES = ['double', 'decimal', 'number']

type Operators = [name: string, operand: fc.Arbitrary<Value>][]

const equality = fc.oneof({ weight: 5, arbitrary: ordered }, { weight: 1, arbitrary: regex })

/** Operators that compare with values of this kind; at the top it is no regular expression, which MongoDB refuses. */
function comparisons(operand: fc.Arbitrary<Value>): Operators {
  // The embedded engine matches strings with the regular expression of an `$eq` within `$or`.
  const equal = operand.filter(value => typeOf(value) !== 'regex')
  // It does not compare missing values with MinKey and MaxKey.
  const comparable = equal.filter(value => typeOf(value) !== 'minKey' && typeOf(value) !== 'maxKey')
  // It misses documents and arrays in `$in`, `$nin` and `$or` that contain equal numbers of another type.
  const list = fc.array(equality, { maxLength: 3 })
  return [
    ['$eq', equal],
    ['$ne', equal],
    ['$gt', comparable],
    ['$gte', comparable],
    ['$lt', comparable],
    ['$lte', comparable],
    ['$in', list],
    ['$nin', list],
    ['$exists', fc.boolean()],
    ['$type', fc.constantFrom(...TYPES.split(' '), ...NUMBER_TYPES)],
    ['$size', fc.constantFrom(0, 1, 2).map(int)],
    ['$mod', fc.tuple(fc.constantFrom(2, 3, -2), fc.constantFrom(0, 1, -1)).map(pair => pair.map(int))],
  ]
}

/** A document of one or two operators. */
function conditionOf(operators: Operators): fc.Arbitrary<Document> {
  const one = fc.oneof(...operators.map(([name, operand]) => operand.map(value => [name, value] as const)))
  return fc.array(one, { minLength: 1, maxLength: 2 }).map(pairs => Object.fromEntries(pairs))
}

/** A condition on one path, whose operands are of this kind. */
function conditionOnPath(operand: fc.Arbitrary<Value>): fc.Arbitrary<Document> {
  const equal = fc.oneof({ weight: 5, arbitrary: operand }, { weight: 1, arbitrary: regex })
  const comparison = conditionOf(comparisons(operand))
  const field = fc.tuple(fc.constantFrom('a', 'b', 'c', 'a.b'), fc.oneof(comparison, equal))
  const element = fc.oneof(
    comparison,
    field.map(([name, value]) => ({ [name]: value })),
  )
  const elemMatch = element.map($elemMatch => ({ $elemMatch }))
  const condition = conditionOf([
    ...comparisons(operand),
    ['$all', fc.oneof(fc.array(equal, { maxLength: 2 }), fc.tuple(elemMatch))],
    ['$elemMatch', element],
    ['$not', fc.oneof(comparison, regex, elemMatch)],
  ])
  const of = fc.oneof({ weight: 3, arbitrary: condition }, { weight: 1, arbitrary: equal })
  return fc.tuple(fc.constantFrom(...PATHS), of).map(([path, value]) => ({ [path]: value }))
}

const onPath = conditionOnPath(fc.oneof({ weight: 2, arbitrary: ordered }, { weight: 1, arbitrary: anyValue(0) }))
// The embedded engine finds every `_id` greater than NaN, so that only integers are compared with it.
const onId = fc
  .tuple(fc.constantFrom('$eq', '$ne', '$gt', '$gte', '$lt', '$lte'), fc.nat(12))
  .map(([operator, number]): Document => ({ _id: { [operator]: int(number) } }))
const combined = fc.oneof(
  combination('$and', onPath),
  combination('$or', conditionOnPath(ordered)),
  combination('$nor', onPath),
)

/** Filters of `find` and `$match`. */
export const filter: fc.Arbitrary<Document> = fc.oneof(
  { weight: 5, arbitrary: onPath },
  { weight: 1, arbitrary: merged(onId, onPath) },
  { weight: 1, arbitrary: merged(onPath, onPath) },
  { weight: 2, arbitrary: combined },
  { weight: 1, arbitrary: merged(combined, onPath) },
)

/** Indexes of one field and of several. */
export const index = fc.constantFrom<Record<string, 1 | -1>[]>(
  { a: 1 },
  { s: -1 },
  { 'a.b': 1 },
  { b: 1 },
  { b: 1, a: 1 },
  { s: 1, a: -1 },
)

/** Filters that an index executes; by an index the embedded engine misses NaN of these types. */
export const indexedFilter = filter.filter(one => !namesNumberType(one))

function combination(operator: string, inner: fc.Arbitrary<Document>): fc.Arbitrary<Document> {
  return fc.array(inner, { minLength: 1, maxLength: 3 }).map(filters => ({ [operator]: filters }))
}

function merged(one: fc.Arbitrary<Document>, other: fc.Arbitrary<Document>): fc.Arbitrary<Document> {
  return fc.tuple(one, other).map(([some, more]) => ({ ...some, ...more }))
}

function namesNumberType(value: Value): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(
    ([name, inner]) => (name === '$type' && NUMBER_TYPES.includes(inner)) || namesNumberType(inner),
  )
}
