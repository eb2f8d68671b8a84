import { type Branch, documentIn, type Node, nodeOf, numberIn, textOf } from '../../bson-tree.ts'
import { bind, isConstant, isNullish, once, type Rewrite, select } from './rewrite.ts'

/** The days from 2000-01-01, a Saturday. Bins of weeks are counted from the one that starts a week. */
const WEEKDAYS = ['saturday', 'sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday']
const WEEKDAY_NAMES = [...WEEKDAYS, ...WEEKDAYS.map(day => day.slice(0, 3))]
/** The units whose bins are counted in days or months. */
const UNITS: Record<string, { unit: 'day' | 'month'; size: number }> = {
  day: { unit: 'day', size: 1 },
  week: { unit: 'day', size: 7 },
  month: { unit: 'month', size: 1 },
  quarter: { unit: 'month', size: 3 },
  year: { unit: 'month', size: 12 },
}
const EPOCH = new Date(0)

export const DATE_REWRITES: Record<string, Rewrite> = {
  // By day and week the result is days off; by month, quarter and year it is wrong before 2000
  // (https://github.com/documentdb/documentdb/pull/712).
  $dateTrunc: rewriteDateTrunc,
  // By day or more in a time zone, the result is an hour off on the days on which the zone's offset changes.
  $dateAdd: operand => rewriteDateAdd('$dateAdd', operand),
  $dateSubtract: operand => rewriteDateAdd('$dateSubtract', operand),
}

function rewriteDateTrunc(operand: Node): Node | undefined {
  const operands = documentIn(operand)
  const unit = operands?.get('unit')
  if (!operands || !unit) return undefined
  if (isConstant(unit)) return truncate(operands, textOf(unit) ?? '')
  return once({ unit }, references => {
    const native = { $dateTrunc: operands.with('unit', references.unit) }
    const cases = Object.keys(UNITS).map(name => [{ $eq: [references.unit, name] }, truncate(operands, name)])
    return select(cases as [object, Node][], native)
  })
}

/** Counts the days or months from the start of 2000 in the time zone to the start of the bin. */
function truncate(operands: Branch, unitName: string): Node | undefined {
  if (!Object.hasOwn(UNITS, unitName)) return undefined
  const { unit, size } = UNITS[unitName] as { unit: string; size: number }
  const { date = nodeOf(null), binSize = nodeOf(1), timezone, ...options } = Object.fromEntries(operands.fields)
  const startOfWeek = unitName === 'week' ? (options.startOfWeek ?? nodeOf('sunday')) : nodeOf('saturday')
  if (isConstant(startOfWeek) && weekdayOf(startOfWeek) < 0) return undefined
  const zone = timezone ? { timezone } : {}
  return once({ date, binSize, startOfWeek }, references => {
    const startDate = firstDay(references.startOfWeek, zone)
    const difference = { $dateDiff: { startDate, endDate: references.date, unit, ...zone } }
    const amount = startOfBin(difference, references.binSize, size)
    const start = { $dateAdd: { startDate: firstDay(references.startOfWeek, {}), unit, amount } }
    const native = { $dateTrunc: operands.with('date', references.date) }
    return withChecks(timezone ? withParts({ date: start }, zone) : start, references, native)
  })
}

function weekdayOf(name: Node): number {
  return WEEKDAY_NAMES.indexOf(textOf(name)?.toLowerCase() ?? '') % 7
}

/** Returns the day from which bins are counted. */
function firstDay(startOfWeek: Node, zone: object): unknown {
  if (!isConstant(startOfWeek)) {
    const weekday = { $mod: [{ $indexOfArray: [WEEKDAY_NAMES, { $toLower: startOfWeek }] }, 7] }
    return { $dateFromParts: { year: 2000, month: 1, day: { $add: [weekday, 1] }, ...zone } }
  }
  const day = weekdayOf(startOfWeek) + 1
  if (Object.keys(zone).length === 0) return new Date(Date.UTC(2000, 0, day))
  return { $dateFromParts: { year: 2000, month: 1, day, ...zone } }
}

/** Rounds a number of units down to a multiple of the bin's size. */
function startOfBin(count: object, binSize: Node, size: number): object {
  const bins = numberIn(binSize)
  const units = bins === undefined ? { $multiply: [size, { $toLong: binSize }] } : size * bins
  if (units === 1) return count
  // The remainder is negative before 2000.
  const remainder = { $mod: [{ $add: [{ $mod: ['$$count', '$$units'] }, '$$units'] }, '$$units'] }
  return bind('units', units, bind('count', count, { $subtract: ['$$count', remainder] }))
}

/** Returns null for operands that are null, in MongoDB's order, and lets `$dateTrunc` itself refuse those that are not valid. */
function withChecks(
  truncated: object,
  operands: Record<'date' | 'binSize' | 'startOfWeek', Node>,
  native: object,
): object {
  const { date, binSize, startOfWeek } = operands
  const size = numberIn(binSize) ?? 0
  const hour = { $dateTrunc: { date: EPOCH, unit: 'hour', binSize } }
  const isUnknownDay = { $not: [{ $in: [{ $toLower: startOfWeek }, WEEKDAY_NAMES] }] }
  const isGoodSize = Number.isInteger(size) && size > 0
  return select(
    [
      ...(isGoodSize ? [] : [[isNullish(date), null] as const, [isNullish(hour), null] as const]),
      ...(isConstant(startOfWeek) ? [] : [[isUnknownDay, native] as const]),
    ],
    truncated,
  )
}

/** Adds to the local time, as if it were UTC, and converts the result. */
function rewriteDateAdd(operator: string, operand: Node): Node | undefined {
  const operands = documentIn(operand)
  const { startDate, unit, amount, timezone } = Object.fromEntries(operands?.fields ?? [])
  if (!operands || !startDate || !unit || !amount || !timezone || textOf(timezone) === 'UTC') return undefined
  if (isConstant(unit) && !Object.hasOwn(UNITS, textOf(unit) ?? '')) return undefined
  return once({ startDate, unit, amount, timezone }, references => {
    // Adding nothing raises the errors of this operator for other types.
    const date = { [operator]: { startDate: references.startDate, unit: 'millisecond', amount: 0 } }
    const local = withParts({ date, timezone: references.timezone }, {})
    const moved = { [operator]: { startDate: local, unit: references.unit, amount: references.amount } }
    const inZone = withParts({ date: moved }, { timezone: references.timezone })
    if (isConstant(unit)) return inZone
    const native = { [operator]: references }
    return { $cond: [{ $in: [references.unit, Object.keys(UNITS)] }, inZone, native] }
  })
}

/** Returns the date whose parts in one time zone are those of a date in another one. */
function withParts(from: object, to: object): object {
  const names = ['year', 'month', 'day', 'hour', 'minute', 'second', 'millisecond']
  const parts = Object.fromEntries(names.map(name => [name, `$$parts.${name}`]))
  return bind('parts', { $dateToParts: from }, { $dateFromParts: { ...parts, ...to } })
}
