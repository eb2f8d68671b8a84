import { randomBytes } from 'node:crypto'
import { type Branch, documentIn, type Node, nodeOf, textOf } from '../bson-tree.ts'

/** More values than a document of 16 MiB can contain. */
const MAX_VALUES = 4_000_000
/** Stages that keep the order of documents and their fields. */
const KEEPING_STAGES = new Set(['$match', '$limit', '$skip'])

/** Stands for a missing value in a set. */
const MISSING = randomBytes(16)
/** Stages with accumulators: as fields, or in `output`. */
const GROUPING_STAGES = new Set(['$group', '$bucket', '$bucketAuto'])

/** Returns the sort pattern that determines the order before a stage, if there is one. */
export function sortBefore(stages: Node[], index: number): Branch | undefined {
  for (let i = index - 1; i >= 0; i--) {
    const [name = '', operand] = documentIn(stages[i])?.fields[0] ?? []
    if (name === '$sort') return documentIn(operand)
    if (!KEEPING_STAGES.has(name)) return undefined
  }
  return undefined
}

/**
 * Rewrites the accumulators of a `$group` or `$bucket` stage that collect values, and adds a stage that completes their results.
 * @param sortBy the sort pattern that determines the order before the stage
 */
export function rewriteAccumulators(stage: Node, sortBy: Branch | undefined): Node[] {
  const [[name = '', operand] = []] = documentIn(stage)?.fields ?? []
  const accumulators = documentIn(name === '$group' ? operand : documentIn(operand)?.get('output'))
  if (!accumulators || !GROUPING_STAGES.has(name)) return [stage]
  const results: Record<string, object> = {}
  const collecting = accumulators.map((accumulator, field) => {
    const collected = field === '_id' ? undefined : collect(documentIn(accumulator), field, sortBy)
    if (collected) results[field] = collected.result
    return collected ? nodeOf(collected.accumulator) : accumulator
  })
  if (Object.keys(results).length === 0) return [stage]
  const grouping = name === '$group' ? collecting : (operand as Branch).with('output', collecting)
  return [nodeOf({ [name]: grouping }), nodeOf({ $addFields: results })]
}

/** An accumulator to use instead of another one, and the expression that completes its result. */
interface Collected {
  accumulator: object
  result: object
}

function collect(accumulator: Branch | undefined, field: string, sortBy: Branch | undefined): Collected | undefined {
  const [[name, value] = [], ...others] = accumulator?.fields ?? []
  if (value === undefined || others.length > 0) return undefined
  if (name === '$push' && sortBy) return pushSorted(value, field, sortBy)
  return name === '$addToSet' && canBeMissing(value) ? addPresent(value, field) : undefined
}

/**
 * `$push` collects the values in any order. `$topN` with the same sort collects documents with the values; that of a missing value is
 * empty, since `$push` skips it.
 */
function pushSorted(value: Node, field: string, sortBy: Branch): Collected {
  const output = { $let: { vars: {}, in: { value } } }
  const present = { $filter: { input: `$${field}`, cond: { $ne: [{ $type: '$$this.value' }, 'missing'] } } }
  return {
    accumulator: { $topN: { n: MAX_VALUES, sortBy, output } },
    result: { $map: { input: present, in: '$$this.value' } },
  }
}

/** `$addToSet` takes null for a missing value. */
function addPresent(value: Node, field: string): Collected {
  const marked = { $cond: [{ $eq: [{ $type: '$$value' }, 'missing'] }, MISSING, '$$value'] }
  return {
    accumulator: { $addToSet: { $let: { vars: { value }, in: marked } } },
    result: { $filter: { input: `$${field}`, cond: { $ne: ['$$this', MISSING] } } },
  }
}

function canBeMissing(value: Node): boolean {
  return documentIn(value) !== undefined || (textOf(value)?.startsWith('$') ?? false)
}
