import { Branch, documentIn, type Node, nodeOf, plainValue, textOf } from '../bson-tree.ts'
import { CommandError } from '../errors/command-error.ts'
import { COMMAND_NOT_SUPPORTED } from '../errors/error-codes.ts'

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const MONTHS_BY_UNIT: Record<string, number> = { month: 1, quarter: 3, year: 12 }

/** How an operator is rewritten; undefined leaves it as it is. */
type Rewrite = (operand: Node) => Node | undefined

/** The operators with faults in DocumentDB. `test/engine/faults.test.ts` checks that it still has them. */
const REWRITES: Record<string, Rewrite> = {
  // By day and week the result is days off; by month, quarter and year it is wrong before 2000.
  $dateTrunc: rewriteDateTrunc,
  // An operator expression as input is refused.
  $regexMatch: operand => rewriteRegex('$regexMatch', operand),
  $regexFind: operand => rewriteRegex('$regexFind', operand),
  $regexFindAll: operand => rewriteRegex('$regexFindAll', operand),
  // Doubles are cut to six digits.
  $toString: rewriteToString,
}

/** Rewrites the operators in an expression so that DocumentDB returns what MongoDB returns for the original one. */
export function rewriteExpression(node: Node): Node {
  if (!(node instanceof Branch)) return node
  const [first] = node.fields
  if (first?.[0] === '$literal') return node
  const rewritten = node.map(rewriteExpression)
  const [only] = rewritten.fields
  const rewrite = only && Object.hasOwn(REWRITES, only[0]) ? REWRITES[only[0]] : undefined
  return (only && rewrite?.(only[1])) ?? rewritten
}

/** Rewrites the expressions in a query, which are the operands of `$expr`; everything else in it is data. */
export function rewriteQuery(node: Node): Node {
  if (!(node instanceof Branch)) return node
  return node.map((value, name) => {
    if (name === '$expr') return rewriteExpression(value)
    return name === '$and' || name === '$or' || name === '$nor' || node.isArray ? rewriteQuery(value) : value
  })
}

/** @throws CommandError 115 (CommandNotSupported) for several days or weeks */
function rewriteDateTrunc(operand: Node): Node | undefined {
  const operands = documentIn(operand)
  const unit = textOf(operands?.get('unit'))
  if (!operands || unit === undefined) return undefined
  const timezone = operands.get('timezone')
  const zone = timezone ? { timezone } : {}
  const of = { date: operands.get('date') ?? nodeOf(null), ...zone }
  const binSize = operands.get('binSize') === undefined ? 1 : Number(plainValue(operands.get('binSize') as Node))
  const months = MONTHS_BY_UNIT[unit]
  if (months !== undefined) return nodeOf(startOfMonths(of, zone, months * binSize))
  if (unit !== 'day' && unit !== 'week') return undefined
  if (binSize !== 1) {
    throw new CommandError(COMMAND_NOT_SUPPORTED, '$dateTrunc supports only binSize 1 for the units day and week')
  }
  const parts = { year: { $year: of }, month: { $month: of }, day: { $dayOfMonth: of } }
  const day = { $dateFromParts: { ...parts, ...zone } }
  if (unit === 'day') return nodeOf(day)
  const startOfWeek = (textOf(operands.get('startOfWeek')) ?? 'sunday').toLowerCase().slice(0, 3)
  const firstWeekday = WEEKDAYS.findIndex(name => name.startsWith(startOfWeek))
  const daysSince = { $mod: [{ $add: [{ $dayOfWeek: of }, 6 - firstWeekday] }, 7] }
  return nodeOf({ $dateSubtract: { startDate: day, unit: 'day', amount: daysSince, ...zone } })
}

/** Returns the start of the bin of `size` months. Bins are counted from January 2000. */
function startOfMonths(of: object, zone: object, size: number): object {
  const monthsSince = { $subtract: [{ $add: [{ $multiply: [{ $year: of }, 12] }, { $month: of }] }, 2000 * 12 + 1] }
  // The remainder is negative before 2000.
  const remainder = { $mod: [{ $add: [{ $mod: [monthsSince, size] }, size] }, size] }
  const start = {
    $subtract: [{ $add: [{ $multiply: [{ $year: of }, 12] }, { $subtract: [{ $month: of }, 1] }] }, '$$rest'],
  }
  const year = { $toInt: { $floor: { $divide: ['$$start', 12] } } }
  const month = { $add: [{ $mod: ['$$start', 12] }, 1] }
  const parts = { year, month, ...zone }
  const inner = { $let: { vars: { start }, in: { $dateFromParts: parts } } }
  return { $let: { vars: { rest: remainder }, in: inner } }
}

/**
 * Converts integral doubles as integers, and others as decimals, which have 15 digits. Where these do not identify the double, a
 * conversion to a number raises an error that says so, since no expression yields 17 digits.
 */
function rewriteToString(operand: Node): Node {
  const absolute = { $abs: '$$value' }
  const isNumber = { $and: [{ $gte: [absolute, 0] }, { $lt: [absolute, Number.POSITIVE_INFINITY] }] }
  const isOrdinary = { $or: [{ $ne: [{ $type: '$$value' }, 'double'] }, { $not: [isNumber] }] }
  const isIntegral = { $and: [{ $eq: ['$$value', { $floor: '$$value' }] }, { $lte: [absolute, 1e15] }] }
  const digits = { $rtrim: { input: { $toString: { $toDecimal: '$$value' } }, chars: '0' } }
  const isPlain = { $and: [{ $gte: [absolute, 1e-4] }, { $lt: [absolute, 1e15] }] }
  const isExact = { $and: [isPlain, { $eq: [{ $toDouble: '$$digits' }, '$$value'] }] }
  const failure = {
    $toInt: { $concat: ['a double with more than 15 digits can not be converted to a string: ', '$$digits'] },
  }
  const fraction = { $let: { vars: { digits }, in: { $cond: [isExact, '$$digits', failure] } } }
  const double = { $cond: [isIntegral, { $toString: { $toLong: '$$value' } }, fraction] }
  return nodeOf({ $let: { vars: { value: operand }, in: { $cond: [isOrdinary, { $toString: '$$value' }, double] } } })
}

function rewriteRegex(name: string, operand: Node): Node | undefined {
  const operands = documentIn(operand)
  const input = documentIn(operands?.get('input'))
  if (!operands || !input) return undefined
  return nodeOf({ $let: { vars: { input }, in: { [name]: operands.with('input', nodeOf('$$input')) } } })
}
