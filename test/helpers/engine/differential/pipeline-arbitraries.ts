import fc from 'fast-check'
import { type Document, int, type Value } from './bson-types.ts'
import { binaryNumber, hasNoMinKey, integer, ordered } from './document-arbitraries.ts'
import { filter } from './filter-arbitraries.ts'
import { sort } from './sort-arbitraries.ts'

const path = fc.constantFrom('$a', '$b', '$c', '$s', '$n', '$m', '$_id', '$a.b', '$b.a', '$a.b.c', '$none')
const literal = ordered.filter(hasNoMinKey).map($literal => ({ $literal }))
const operand: fc.Arbitrary<Value> = fc.oneof({ weight: 3, arbitrary: path }, { weight: 1, arbitrary: literal })

const comparison = operation(['$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$cmp'], path, operand)
const condition = fc.oneof(comparison, operation(['$and', '$or'], operand, comparison), operation(['$not'], comparison))
const array = path.map(path => ({ $cond: [{ $isArray: path }, path, [int(1)]] }))
const expression: fc.Arbitrary<Value> = fc.oneof(
  operand,
  condition,
  fc.tuple(condition, operand, operand).map($cond => ({ $cond })),
  operation(['$ifNull'], operand, operand),
  operation(['$type', '$isNumber'], operand),
  path.map(path => ({ $isArray: path })),
  array.map($size => ({ $size })),
  operation(
    ['$concat'],
    path.map($type => ({ $type })),
    fc.constantFrom<Value[]>('x', '$none'),
  ),
  operation(['$add', '$subtract', '$multiply'], fc.constantFrom('$n', '$none'), binaryNumber),
  operation(['$add', '$subtract', '$multiply'], fc.constantFrom('$m', '$_id'), integer),
  fc.tuple(operand, operand),
)

const addFields = fc
  .dictionary(fc.constantFrom('x', 'y', 's'), expression, { minKeys: 1, maxKeys: 2, noNullPrototype: true })
  .map($addFields => ({ $addFields }))
const names = pathsOf('a', 'b.a', 'c', 's', 'n', 'b.c')
// The embedded engine leaves a computed field at the place of a field of the same name: there is no field `z` before.
const inclusion = fc
  .tuple(names, fc.option(expression, { nil: undefined }))
  .map(([names, z]) => ({ $project: { ...withAll(names, true), ...(z !== undefined && { z }) } }))
/** Not of `s`: where a field that was removed is added again is not documented. */
const exclusion = pathsOf('a', 'b.a', 'c', 'n', 'b.c').map(names => ({ $project: withAll(names, false) }))
const unwind = fc
  .record(
    {
      path: fc.constantFrom('$a', '$b', '$c', '$a.b'),
      preserveNullAndEmptyArrays: fc.boolean(),
      includeArrayIndex: fc.constant('i'),
    },
    { requiredKeys: ['path'] },
  )
  .map($unwind => ({ $unwind }))
/** Expressions without missing results, and without equal ones of different types, of which the servers may return either. */
const distinct: fc.Arbitrary<Value> = fc.oneof(
  fc.constant('$_id'),
  operation(['$type', '$isNumber'], path),
  comparison,
  array.map($size => ({ $size })),
)
const typed = fc.constantFrom('$s', '$n', '$m').map(path => ({
  type: { $type: path },
  value: { $cond: [{ $eq: [path, int(0)] }, int(0), path] },
}))
// The embedded engine returns two groups of null by a path that is missing in some documents, no `_id` where an operator yields a
// missing value, and a literal unevaluated, also from `$push`.
const key = fc.oneof(distinct, typed)
const accumulators = {
  sum: fc.constantFrom({ $sum: '$m' }, { $sum: int(1) }),
  avg: fc.constant({ $avg: '$_id' }),
  min: distinct.map($min => ({ $min })),
  max: distinct.map($max => ({ $max })),
}
const accumulatorsInOrder = {
  ...accumulators,
  // The embedded engine omits a `$last` of a missing value.
  first: distinct.map($first => ({ $first })),
  last: distinct.map($last => ({ $last })),
  list: path.map($push => ({ $push })),
}
const group = groupBy(accumulators)
const groupInOrder = groupBy(accumulatorsInOrder)

// The embedded engine matches all documents by MinKey when `$group` or `$count` follows.
const match = filter.filter(hasNoMinKey).map($match => ({ $match }))
const sorted = fc
  .tuple(sort, fc.constantFrom([], [{ $skip: 2 }], [{ $limit: 5 }], [{ $skip: 1 }, { $limit: 3 }]))
  .map(([$sort, page]): Document[] => [{ $sort }, ...page])
const changes = fc.uniqueArray(fc.oneof(addFields, inclusion, exclusion, unwind, match), {
  maxLength: 3,
  selector: stage => Object.keys(stage)[0],
})

/** Pipelines with a sort before all stages that change documents; the order of the output is defined if they do not group. */
const changing = fc.tuple(
  fc.array(match, { maxLength: 1 }),
  fc.oneof({ weight: 3, arbitrary: sorted }, { weight: 1, arbitrary: fc.constant([]) }),
  changes,
  fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.tuple(group) },
    { weight: 1, arbitrary: fc.constant([{ $count: 'count' }]) },
  ),
)
// By stages between `$sort` and `$group` the embedded engine takes another document for `$first` and `$last`.
const grouping = fc.tuple(fc.array(match, { maxLength: 1 }), sorted, fc.tuple(groupInOrder))

export const pipeline: fc.Arbitrary<Document[]> = fc
  .oneof({ weight: 3, arbitrary: changing }, { weight: 1, arbitrary: grouping })
  .map(parts => parts.flat())

/** Whether the order of the output is defined. */
export function isOrdered(pipeline: Document[]): boolean {
  return pipeline.some(stage => '$sort' in stage) && !pipeline.some(stage => '$group' in stage)
}

function groupBy(accumulators: Record<string, fc.Arbitrary<Document>>): fc.Arbitrary<Document> {
  return fc
    .tuple(key, fc.record(accumulators, { requiredKeys: ['sum'] }))
    .map(([_id, some]) => ({ $group: { _id, ...some } }))
}

function operation(names: string[], ...operands: fc.Arbitrary<Value>[]): fc.Arbitrary<Document> {
  return fc
    .tuple(fc.constantFrom(...names), fc.tuple(...operands))
    .map(([name, values]) => ({ [name]: values.length === 1 ? values[0] : values }))
}

/** Up to three paths, of which none contains another. */
function pathsOf(...paths: string[]): fc.Arbitrary<string[]> {
  return fc.uniqueArray(fc.constantFrom(...paths), { minLength: 1, maxLength: 3, selector: path => path[0] })
}

function withAll(names: string[], value: Value): Document {
  return Object.fromEntries(names.map(name => [name, value]))
}
