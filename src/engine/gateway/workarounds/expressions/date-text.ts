import { type Branch, documentIn, type Node, nodeOf, textOf } from '../../bson-tree.ts'
import { CommandError } from '../../errors/command-error.ts'
import { COMMAND_NOT_SUPPORTED } from '../../errors/error-codes.ts'
import { isConstant, isNullish, once, type Rewrite } from './rewrite.ts'

const MONTHS = 'January February March April May June July August September October November December'.split(' ')
const LOCAL_FORMAT = '%Y-%m-%dT%H:%M:%S.%L'
/** Time zones in which the default format ends in `Z`. */
const UTC_NAMES = ['UTC', 'Z', '+00:00', '+0000', '+00', '-00:00', '-0000', '-00']
/** The names of months, and everything between them. */
const FORMAT_PARTS = /%[bB]|(?:%[^bB]|[^%])+/g
const MONTH_NAME = /^(?:%[^bB]|[^%])*%[bB]/

export const DATE_TEXT_REWRITES: Record<string, Rewrite> = {
  // The default format ends in `Z` in every time zone. `%b` and `%B` are refused. A format from the document is read from memory that
  // has been freed.
  $dateToString: rewriteDateToString,
}

/** @throws CommandError 115 (CommandNotSupported) for a format that is not constant */
function rewriteDateToString(operand: Node): Node | undefined {
  const operands = documentIn(operand)
  if (!operands) return undefined
  const given = operands.get('format')
  if (!given) return withDefaultFormat(operands)
  const format = documentIn(given)?.get('$literal') ?? given
  if (!isConstant(format)) {
    throw new CommandError(COMMAND_NOT_SUPPORTED, 'the format of $dateToString must be a constant string')
  }
  return MONTH_NAME.test(textOf(format) ?? '') ? withMonthNames(operands, textOf(format) as string) : undefined
}

function withDefaultFormat(operands: Branch): Node | undefined {
  const timezone = operands.get('timezone')
  if (!timezone) return undefined
  const local = { $dateToString: operands.with('format', nodeOf(LOCAL_FORMAT)) }
  if (isConstant(timezone)) return UTC_NAMES.includes(textOf(timezone) ?? '') ? undefined : nodeOf(local)
  return once({ date: operands.get('date') ?? nodeOf(null), timezone }, references => {
    const bound = { ...Object.fromEntries(operands.fields), ...references }
    const format = { $dateToString: { ...bound, format: LOCAL_FORMAT } }
    return { $cond: [{ $in: [references.timezone, UTC_NAMES] }, { $dateToString: bound }, format] }
  })
}

/** Formats the text between the names of months on its own. */
function withMonthNames(operands: Branch, format: string): Node {
  const { date = nodeOf(null), timezone, onNull = nodeOf(null) } = Object.fromEntries(operands.fields)
  return once({ date }, references => {
    const of = { date: references.date, ...(timezone && { timezone }) }
    const month = { $subtract: [{ $month: of }, 1] }
    const texts = format.match(FORMAT_PARTS)?.map(part => {
      if (part === '%B') return { $arrayElemAt: [MONTHS, month] }
      if (part === '%b') return { $arrayElemAt: [MONTHS.map(name => name.slice(0, 3)), month] }
      return { $dateToString: { ...of, format: part } }
    })
    return { $cond: [isNullish(references.date), onNull, { $concat: texts }] }
  })
}
