import { arrayIn, Branch, documentIn, type Node, nodeOf, numberIn } from '../../bson-tree.ts'
import { hasType, isConstant, once, type Rewrite } from './rewrite.ts'

/** What `$trim` removes by default. Source: MongoDB's manual, "$trim". */
const WHITESPACE = '\0 \t\n\v\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a'
const DECIMAL_TYPE = 19
/** Operators that return a string or null. */
const STRING_OPERATORS = new Set(
  '$concat $toString $toLower $toUpper $trim $ltrim $rtrim $substr $substrBytes $substrCP $dateToString'.split(' '),
)

export const STRING_REWRITES: Record<string, Rewrite> = {
  // An operator expression as input is refused.
  $regexMatch: operand => rewriteRegex('$regexMatch', operand),
  $regexFind: operand => rewriteRegex('$regexFind', operand),
  $regexFindAll: operand => rewriteRegex('$regexFindAll', operand),
  // Less characters are taken for whitespace.
  $trim: operand => withWhitespace('$trim', operand),
  $ltrim: operand => withWhitespace('$ltrim', operand),
  $rtrim: operand => withWhitespace('$rtrim', operand),
  // Doubles are converted to `NaN`, `Infinity` and numbers with `E`. Positions that are decimals are cut.
  $substr: operand => rewriteSubstring('$substr', operand),
  $substrBytes: operand => rewriteSubstring('$substrBytes', operand),
  $substrCP: operand => rewriteSubstring('$substrCP', operand),
  $toLower: operand => withText('$toLower', operand),
  $toUpper: operand => withText('$toUpper', operand),
}

function rewriteRegex(operator: string, operand: Node): Node | undefined {
  const operands = documentIn(operand)
  const input = operands?.get('input')
  if (!operands || !documentIn(input)) return undefined
  return once({ input: input as Node }, references => ({ [operator]: operands.with('input', references.input) }))
}

function withWhitespace(operator: string, operand: Node): Node | undefined {
  const operands = documentIn(operand)
  if (!operands || operands.get('chars')) return undefined
  return nodeOf({ [operator]: operands.with('chars', nodeOf(WHITESPACE)) })
}

function rewriteSubstring(operator: string, operand: Node): Node | undefined {
  const [text, start, length] = arrayIn(operand)?.fields.map(([, value]) => value) ?? []
  if (!text || !start || !length) return undefined
  if (isString(text) && isWhole(start) && isWhole(length)) return undefined
  return once({ text, start, length }, references => {
    const isNan = { $in: [Number.NaN, [references.start, references.length]] }
    // Numbers are checked only if there is a string.
    const present =
      isWhole(length) && isWhole(start) ? references.text : { $ifNull: [references.text, { $cond: [isNan, 'x', ''] }] }
    const converted = isString(text)
      ? present
      : { $cond: [hasType(references.text, 'double'), lowerCase(references.text), present] }
    const positions = [references.start, references.length]
    // Those of `$substrCP` must be integers.
    return { [operator]: [converted, ...(operator === '$substrCP' ? positions : positions.map(rounded))] }
  })
}

function rounded(position: Node): unknown {
  return isWhole(position) ? position : { $cond: [hasType(position, 'decimal'), { $round: [position, 0] }, position] }
}

function withText(operator: string, operand: Node): Node | undefined {
  const [only, second] = arrayIn(operand)?.fields.map(([, value]) => value) ?? [operand]
  if (!only || second || isString(only)) return undefined
  return once({ text: only }, ({ text }) => {
    const lower = lowerCase(text)
    const isNumber = operator === '$toLower' ? hasType(text, 'double') : hasType(text, 'double', 'decimal')
    const ofNumber =
      operator === '$toLower' ? lower : { $toUpper: { $cond: [hasType(text, 'double'), lower, { $toString: text }] } }
    return { $cond: [isNumber, ofNumber, { [operator]: text }] }
  })
}

/** Returns the text of a double, such as `inf` or `1e+20`. */
function lowerCase(double: Node): object {
  return { $replaceOne: { input: { $toLower: double }, find: 'infinity', replacement: 'inf' } }
}

function isString(node: Node): boolean {
  if (isConstant(node)) return numberIn(node) === undefined
  return node instanceof Branch && STRING_OPERATORS.has(node.fields[0]?.[0] ?? '')
}

function isWhole(node: Node): boolean {
  return numberIn(node) !== undefined && !(node instanceof Branch) && node.type !== DECIMAL_TYPE
}
