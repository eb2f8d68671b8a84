import { arrayIn, Branch, documentIn, type Node, nodeOf, textOf } from '../bson-tree.ts'
import { CommandError } from '../errors/command-error.ts'
import { COMMAND_NOT_SUPPORTED } from '../errors/error-codes.ts'
import { rewriteAccumulators, sortBefore } from './accumulators.ts'
import { rewriteAverages } from './averages.ts'
import { rewriteAccumulatorOperands, rewriteExpression } from './expressions.ts'
import { rewriteQuery } from './queries/queries.ts'

/** Names of `$count` that MongoDB refuses, with its error codes. */
const COUNT_NAME_CODES: [pattern: RegExp, code: number][] = [
  [/^$/, 40157],
  [/^\$/, 40158],
  [/\0/, 40159],
  [/\./, 40160],
  [/^_id$/, 9039800],
]

const DOTTED_FIELD_NAME = 16412

/** Rewrites the operands of a stage. */
type Rewrite = (operand: Node) => [name: string, operand: Node][] | undefined

/** The stages with pipelines or queries in them, and those with faults in DocumentDB. All others contain expressions. */
const STAGES: Record<string, Rewrite> = {
  $match: query => [['$match', rewriteQuery(query)]],
  $geoNear: operand => [['$geoNear', field(operand, 'query', rewriteQuery)]],
  $graphLookup: operand => [
    ['$graphLookup', field(field(operand, 'startWith', rewriteExpression), 'restrictSearchWithMatch', rewriteQuery)],
  ],
  $lookup: operand => [['$lookup', field(field(operand, 'let', rewriteExpression), 'pipeline', rewritePipeline)]],
  $unionWith: operand => [['$unionWith', field(operand, 'pipeline', rewritePipeline)]],
  // The fields of the result are in any order.
  $facet: rewriteFacet,
  $merge: operand => [['$merge', field(operand, 'whenMatched', rewritePipeline)]],
  // A count of no documents returns 0 instead of no document.
  $count: rewriteCount,
  // The buckets are not sorted. Those with a granularity have other bounds.
  $bucket: operand => [
    ['$bucket', rewriteBucket(operand)],
    ['$sort', nodeOf({ _id: 1 })],
  ],
  $bucketAuto: rewriteBucketAuto,
  // Groups with missing fields in their key are merged with others, and groups by operators are returned several times.
  $group: operand => [['$group', rewriteGroup(operand)]],
  $setWindowFields: operand => [
    ['$setWindowFields', field(field(operand, 'partitionBy', rewriteExpression), 'output', rewriteAccumulatorOperands)],
  ],
  $sortByCount: operand => [
    ['$sortByCount', isOperator(operand) ? rewriteGroupKey(rewriteExpression(operand)) : operand],
  ],
}

/**
 * Rewrites a pipeline so that DocumentDB returns what MongoDB returns for the original one. Data in it stay unchanged.
 * @throws CommandError with MongoDB's code for operands that DocumentDB takes and MongoDB refuses
 */
export function rewritePipeline(pipeline: Node): Node {
  const stages = arrayIn(pipeline)?.fields.map(([, stage]) => stage)
  if (!stages) return pipeline
  return nodeOf(
    stages.flatMap((stage, i) =>
      rewriteStage(stage)
        .flatMap(rewriteAverages)
        .flatMap(rewritten => rewriteAccumulators(rewritten, sortBefore(stages, i))),
    ),
  )
}

function rewriteStage(stage: Node): Node[] {
  const document = documentIn(stage)
  const [only] = document?.fields ?? []
  if (!document || !only || document.fields.length !== 1) return [stage]
  const [name, operand] = only
  const rewrite = Object.hasOwn(STAGES, name) ? STAGES[name] : undefined
  const stages = rewrite ? rewrite(operand) : [[name, rewriteExpression(operand)] as const]
  return stages ? stages.map(([stageName, rewritten]) => new Branch([[stageName, rewritten]])) : [stage]
}

/** @throws CommandError 16412 for a name with a dot, which DocumentDB takes */
function rewriteFacet(operand: Node): [string, Node][] {
  const facets = documentIn(operand)
  if (!facets) return [['$facet', operand]]
  const dotted = facets.fields.find(([name]) => name.includes('.'))
  if (dotted) throw new CommandError(DOTTED_FIELD_NAME, `the facet name '${dotted[0]}' contains a dot`)
  const fields = Object.fromEntries(facets.fields.map(([name]) => [name, `$${name}`]))
  return [
    ['$facet', facets.map(rewritePipeline)],
    ['$replaceWith', nodeOf(fields)],
  ]
}

function rewriteGroup(operand: Node): Node {
  const key = documentIn(operand)?.get('_id')
  const rewritten = rewriteAccumulatorOperands(operand)
  return key ? field(rewritten, '_id', () => rewriteGroupKey(rewriteExpression(key))) : rewritten
}

function rewriteBucket(operand: Node): Node {
  return field(field(operand, 'groupBy', rewriteExpression), 'output', rewriteAccumulatorOperands)
}

function rewriteBucketAuto(operand: Node): [string, Node][] {
  if (documentIn(operand)?.get('granularity')) {
    throw new CommandError(COMMAND_NOT_SUPPORTED, '$bucketAuto does not support granularity')
  }
  return [
    ['$bucketAuto', rewriteBucket(operand)],
    ['$sort', nodeOf({ '_id.min': 1 })],
  ]
}

function rewriteCount(operand: Node): [string, Node][] | undefined {
  const name = textOf(operand)
  if (name === undefined) return undefined
  const [, code] = COUNT_NAME_CODES.find(([pattern]) => pattern.test(name)) ?? []
  if (code) throw new CommandError(code, `'${name}' is not a valid field name of $count`)
  return [
    ['$group', nodeOf({ _id: null, [name]: { $sum: 1 } })],
    ['$project', nodeOf({ _id: 0 })],
  ]
}

/**
 * Returns a group key in the variable of a `$let`. For an operator DocumentDB assumes that an index on a field also sorts by what the
 * operator computes from the field, and returns the same group several times; in a document it takes null for missing fields. A key
 * that is missing as a whole belongs to the group of null.
 */
function rewriteGroupKey(key: Node): Node {
  if (textOf(key)?.includes('.')) return nodeOf({ $ifNull: [key, null] })
  if (!documentIn(key)) return key
  return nodeOf({ $let: { vars: { key: isOperator(key) ? { $ifNull: [key, null] } : key }, in: '$$key' } })
}

function isOperator(node: Node): boolean {
  const fields = documentIn(node)?.fields ?? []
  return fields.length === 1 && (fields[0]?.[0].startsWith('$') ?? false)
}

/** Rewrites one field of a document. */
function field(node: Node, name: string, rewrite: (value: Node) => Node): Node {
  const document = documentIn(node)
  return document ? document.map((value, key) => (key === name ? rewrite(value) : value)) : node
}
