import fc from 'fast-check'
import { type Document, double, int, long, textOf, type Value } from './bson-types.ts'
import { anyValue, binaryNumber, decimal, hasNoNaN, integer, ordered } from './document-arbitraries.ts'
import { filter } from './filter-arbitraries.ts'

const operand = fc.oneof({ weight: 2, arbitrary: ordered }, { weight: 1, arbitrary: anyValue(0) })
const each = fc.array(operand, { minLength: 1, maxLength: 3 })
const small = fc.integer({ min: -3, max: 3 }).map(int)
const pushedEach = fc.record(
  // With a `$slice` of 0 the embedded engine creates no array where there is none.
  {
    $each: each,
    $position: small,
    $slice: small.filter(one => one.value !== 0),
    $sort: fc.constantFrom(1, -1).map(int),
  },
  { requiredKeys: ['$each'] },
)
/** The embedded engine sets a missing field to 0 also where 0 times the operand is a negative 0 or NaN. */
const factor = fc.constantFrom(int(0), int(2), long(2), double(1.5), double(0))
/** The condition on any path, for `$pull`. */
const condition = filter.map(one => Object.values(one)[0]).filter(isOperators)
/** The embedded engine removes nothing by a regular expression, and nested arrays by negations also when an item of them matches. */
const pulled = fc.oneof(operand, condition).filter(one => !/"\$(regularExpression|ne|nin|not)"/.test(textOf(one)))

const TOP = ['a', 'b', 'c', 'd', 's']
const POSITIONS = ['a.0', 'b.1']
const ALL = [...TOP, ...POSITIONS, 'a.b', 'a.b.c', 'b.a', 'c.c', 'd.e']

const OPERATORS: [name: string, paths: string[], operand: fc.Arbitrary<Value>][] = [
  ['$set', ALL, operand],
  // By a name that leads into an array it fails in the embedded engine; in MongoDB it changes nothing.
  ['$unset', [...TOP, ...POSITIONS, 'd.e'], fc.constant('')],
  ['$inc', ['n', 'd', 'd.e'], binaryNumber],
  ['$inc', ['m'], fc.oneof(integer, decimal)],
  ['$mul', ['n', 'd', 'd.e'], factor],
  ['$mul', ['m'], integer],
  ['$min', ALL, operand.filter(hasNoNaN)],
  ['$max', ALL, operand.filter(hasNoNaN)],
  ['$push', ALL, fc.oneof(operand, pushedEach)],
  [
    '$addToSet',
    ALL,
    fc.oneof(
      operand,
      each.map($each => ({ $each })),
    ),
  ],
  // By a path that does not exist it fails or creates documents in the embedded engine.
  ['$pull', TOP, pulled],
]

/** One operator and its path. */
type Change = [operator: string, path: string, operand: Value]

const change: fc.Arbitrary<Change> = fc.oneof(
  ...OPERATORS.map(([name, paths, operand]) => fc.tuple(fc.constant(name), fc.constantFrom(...paths), operand)),
)
const changes = fc.uniqueArray(change, {
  minLength: 1,
  maxLength: 3,
  comparator: ([name, path], [otherName, otherPath]) => name === otherName || path[0] === otherPath[0],
})

/** Operators in the order of their paths: the embedded engine adds new fields in the order of the command. */
const operators = changes.map(changes =>
  Object.fromEntries(
    changes
      .toSorted(([, a], [, b]) => (a < b ? -1 : 1))
      .map(([operator, path, operand]): [string, Document] => [operator, { [path]: operand }]),
  ),
)

const rename = fc
  .tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('d', 's', 'e.f'))
  .map(([from, to]) => ({ $rename: { [from]: to } }))

/** Updates by operators. */
export const update = fc.oneof({ weight: 9, arbitrary: operators }, { weight: 1, arbitrary: rename })

function isOperators(value: Value): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).some(name => name.startsWith('$'))
}

/**
 * Whether the servers agree on `modifiedCount` when the update leaves the document as it was: MongoDB counts it for `$push`, and for
 * `$unset` of an item of an array; the embedded engine for `$inc` and `$mul`.
 */
export function isCountedExactly(update: Record<string, Document>): boolean {
  return !['$push', '$unset', '$inc', '$mul'].some(operator => operator in update)
}
