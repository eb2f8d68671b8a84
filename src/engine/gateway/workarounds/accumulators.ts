import { randomBytes } from 'node:crypto'
import { type Branch, documentIn, type Node, nodeOf, textOf } from '../bson-tree.ts'
import { outputsOf } from './stage-outputs.ts'

/** More values than a document of 16 MiB can contain. */
const MAX_VALUES = 4_000_000
/** Stages that keep the order of documents and their fields. */
const KEEPING_STAGES = new Set(['$match', '$limit', '$skip'])
/** Stages that keep the order of documents, but not the fields by which they were sorted. */
const CHANGING_STAGES = new Set('$project $addFields $set $unset $unwind $replaceRoot $replaceWith $lookup'.split(' '))

/** Stands for a missing value in a set. */
const MISSING = randomBytes(16)

/** The sort that determines the order before a stage. */
export interface Sort {
  by: Branch
  /** Whether stages between them can change the fields of the sort. */
  isOfOtherFields: boolean
}

/** Returns the sort that determines the order before a stage, if there is one. */
export function sortBefore(stages: Node[], index: number): Sort | undefined {
  let isOfOtherFields = false
  for (let i = index - 1; i >= 0; i--) {
    const [name = '', operand] = documentIn(stages[i])?.fields[0] ?? []
    const by = documentIn(operand)
    if (name === '$sort') return by && { by, isOfOtherFields }
    if (CHANGING_STAGES.has(name)) isOfOtherFields = true
    else if (!KEEPING_STAGES.has(name)) return undefined
  }
  return undefined
}

/**
 * Rewrites the accumulators of a grouping stage that collect values, and adds a stage that completes their results.
 * @param sort the sort that determines the order before the stage
 */
export function rewriteAccumulators(stage: Node, sort: Sort | undefined): Node[] {
  const { stage: name, outputs, replaceBy } = outputsOf(stage) ?? {}
  if (!outputs || !replaceBy || name === '$setWindowFields') return [stage]
  const results: Record<string, object> = {}
  const collecting = outputs.map((accumulator, field) => {
    const collected = field === '_id' ? undefined : collect(documentIn(accumulator), field, sort)
    if (collected) results[field] = collected.result
    return collected ? nodeOf(collected.accumulator) : accumulator
  })
  return Object.keys(results).length === 0 ? [stage] : [replaceBy(collecting), nodeOf({ $addFields: results })]
}

/** An accumulator to use instead of another one, and the expression that completes its result. */
interface Collected {
  accumulator: object
  result: object
}

function collect(accumulator: Branch | undefined, field: string, sort: Sort | undefined): Collected | undefined {
  const [[name, value] = [], ...others] = accumulator?.fields ?? []
  if (value === undefined || others.length > 0) return undefined
  if (name === '$push' && sort && !sort.isOfOtherFields) return pushSorted(value, field, sort.by)
  if (name === '$first' && sort?.isOfOtherFields) return pickFrom(value, field, 0)
  if (name === '$last' && sort?.isOfOtherFields) return pickFrom(value, field, -1)
  return name === '$addToSet' && canBeMissing(value) ? addPresent(value, field) : undefined
}

/** Returns a document with a value, empty for a missing value. */
function documentWith(value: Node): object {
  return { $let: { vars: { value }, in: { value: '$$value' } } }
}

/**
 * `$push` collects the values in any order (https://github.com/documentdb/documentdb/issues/499). `$topN` with the same sort collects
 * them; `$push` skips missing values.
 */
function pushSorted(value: Node, field: string, sortBy: Branch): Collected {
  const present = { $filter: { input: `$${field}`, cond: { $ne: [{ $type: '$$this.value' }, 'missing'] } } }
  return {
    accumulator: { $topN: { n: MAX_VALUES, sortBy, output: documentWith(value) } },
    result: { $map: { input: present, in: '$$this.value' } },
  }
}

/** `$first` and `$last` sort the changed documents once more. */
function pickFrom(value: Node, field: string, index: 0 | -1): Collected {
  const picked = { $arrayElemAt: [`$${field}`, index] }
  return {
    accumulator: { $push: documentWith(value) },
    result: { $let: { vars: { picked }, in: { $ifNull: ['$$picked.value', null] } } },
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
