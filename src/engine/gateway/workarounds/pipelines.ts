import type { BSON } from 'mongodb'
import { CommandError } from '../errors/command-error.ts'

type Expression = unknown
type Fields = Record<string, unknown>

const COMMAND_NOT_SUPPORTED = 115
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

/**
 * Rewrites an aggregation pipeline so that DocumentDB returns what MongoDB returns for the original one.
 * `test/engine/faults.test.ts` checks that DocumentDB still has the faults.
 * @throws CommandError 115 (CommandNotSupported) for `$dateTrunc` to several days or weeks
 */
export function rewritePipeline(pipeline: BSON.Document[]): BSON.Document[] {
  return pipeline.flatMap(stage => rewriteStage(rewriteExpressions(stage) as BSON.Document))
}

/**
 * Rewrites a stage. `$count` of no documents must return no document (DocumentDB returns a count of 0); `$bucket` must return
 * sorted buckets; `$group` and `$sortByCount` must return each group once.
 */
function rewriteStage(stage: BSON.Document): BSON.Document[] {
  if (isPlain(stage.$group)) return [{ $group: { ...stage.$group, _id: rewriteGroupKey(stage.$group._id) } }]
  if (isPlain(stage.$sortByCount)) return [{ $sortByCount: rewriteGroupKey(stage.$sortByCount) }]
  if (typeof stage.$count === 'string') {
    return [{ $group: { _id: null, [stage.$count]: { $sum: 1 } } }, { $project: { _id: 0 } }]
  }
  return stage.$bucket ? [stage, { $sort: { _id: 1 } }] : [stage]
}

/** Rewrites the expressions in a value, and the pipelines nested in it. */
function rewriteExpressions(value: Expression): Expression {
  if (Array.isArray(value)) return value.map(rewriteExpressions)
  if (!isPlain(value)) return value
  const rewritten = Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'pipeline' && Array.isArray(inner) ? rewritePipeline(inner) : rewriteExpressions(inner),
    ]),
  )
  if (isPlain(rewritten.$dateTrunc)) return rewriteDateTrunc(rewritten.$dateTrunc) ?? rewritten
  for (const name of ['$regexMatch', '$regexFind']) {
    const operands = rewritten[name]
    if (isPlain(operands) && isPlain(operands.input)) return rewriteRegex(name, operands)
  }
  return rewritten
}

/**
 * Wraps an operator as a group key in `$let`. Otherwise DocumentDB assumes that an index on a field also sorts by what the operator
 * computes from the field, and returns the same group several times.
 */
function rewriteGroupKey(key: Expression): Expression {
  const isOperator = isPlain(key) && Object.keys(key)[0]?.startsWith('$')
  return isOperator ? { $let: { vars: {}, in: key } } : key
}

/** Replaces `$dateTrunc` to a day or week, since DocumentDB's result is days off. @returns undefined for other units */
function rewriteDateTrunc({ date, unit, binSize, timezone, startOfWeek }: Fields): Expression | undefined {
  if (unit !== 'day' && unit !== 'week') return undefined
  if (binSize !== undefined && Number(binSize) !== 1) {
    throw new CommandError(COMMAND_NOT_SUPPORTED, '$dateTrunc supports only binSize 1 for the units day and week')
  }
  const of = timezone === undefined ? { date } : { date, timezone }
  const zone = timezone === undefined ? {} : { timezone }
  const day = {
    $dateFromParts: { year: { $year: of }, month: { $month: of }, day: { $dayOfMonth: of }, ...zone },
  }
  if (unit === 'day') return day
  const firstWeekday = WEEKDAYS.findIndex(name =>
    name.startsWith(
      String(startOfWeek ?? 'sunday')
        .toLowerCase()
        .slice(0, 3),
    ),
  )
  const daysSince = { $mod: [{ $add: [{ $dayOfWeek: of }, 6 - firstWeekday] }, 7] }
  return { $dateSubtract: { startDate: day, unit: 'day', amount: daysSince, ...zone } }
}

/** Wraps the input of a regular expression in `$let`, since DocumentDB refuses an operator expression there. */
function rewriteRegex(name: string, { input, ...rest }: Fields): Expression {
  return { $let: { vars: { input }, in: { [name]: { input: '$$input', ...rest } } } }
}

/** Whether a value is a plain object, not an array or BSON type. */
function isPlain(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
