import type { BSON } from 'mongodb'
import { CommandError } from '../errors/command-error.ts'

type Expression = unknown
type Fields = Record<string, unknown>

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

/** A pipeline that DocumentDB answers as MongoDB answers the one given. */
export function maskPipeline(pipeline: BSON.Document[]): BSON.Document[] {
  return pipeline.flatMap(stage => maskStage(maskExpressions(stage) as BSON.Document))
}

/** `$count` on nothing gives no document; the buckets of `$bucket` come sorted; groups are whole. */
function maskStage(stage: BSON.Document): BSON.Document[] {
  if (isPlain(stage.$group)) return [{ $group: { ...stage.$group, _id: maskGroupKey(stage.$group._id) } }]
  if (isPlain(stage.$sortByCount)) return [{ $sortByCount: maskGroupKey(stage.$sortByCount) }]
  if (typeof stage.$count === 'string') {
    return [{ $group: { _id: null, [stage.$count]: { $sum: 1 } } }, { $project: { _id: 0 } }]
  }
  return stage.$bucket ? [stage, { $sort: { _id: 1 } }] : [stage]
}

function maskExpressions(value: Expression): Expression {
  if (Array.isArray(value)) return value.map(maskExpressions)
  if (!isPlain(value)) return value
  const masked = Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'pipeline' && Array.isArray(inner) ? maskPipeline(inner) : maskExpressions(inner),
    ]),
  )
  if (isPlain(masked.$dateTrunc)) return maskDateTrunc(masked.$dateTrunc) ?? masked
  for (const name of ['$regexMatch', '$regexFind']) {
    const found = masked[name]
    if (isPlain(found) && isPlain(found.input)) return maskRegex(name, found)
  }
  return masked
}

/** What an operator makes of a field is taken to come in the field's order, out of an index: groups would come in pieces. */
function maskGroupKey(key: Expression): Expression {
  const isOperator = isPlain(key) && Object.keys(key)[0]?.startsWith('$')
  return isOperator ? { $let: { vars: {}, in: key } } : key
}

/** `$dateTrunc` by day or week is silently days off. */
function maskDateTrunc({ date, unit, binSize, timezone, startOfWeek }: Fields): Expression | undefined {
  if (unit !== 'day' && unit !== 'week') return undefined
  if (binSize !== undefined && Number(binSize) !== 1) throw new CommandError(115, '$dateTrunc of several days or weeks')
  const of = timezone === undefined ? { date } : { date, timezone }
  const zone = timezone === undefined ? {} : { timezone }
  const day = {
    $dateFromParts: { year: { $year: of }, month: { $month: of }, day: { $dayOfMonth: of }, ...zone },
  }
  if (unit === 'day') return day
  const first = WEEKDAYS.findIndex(name =>
    name.startsWith(
      String(startOfWeek ?? 'sunday')
        .toLowerCase()
        .slice(0, 3),
    ),
  )
  const since = { $mod: [{ $add: [{ $dayOfWeek: of }, 6 - first] }, 7] }
  return { $dateSubtract: { startDate: day, unit: 'day', amount: since, ...zone } }
}

/** An operator expression as the input of a regular expression is refused. */
function maskRegex(name: string, { input, ...rest }: Fields): Expression {
  return { $let: { vars: { input }, in: { [name]: { input: '$$input', ...rest } } } }
}

function isPlain(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
