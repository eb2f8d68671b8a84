import { arrayIn, Branch, type Node, numberIn, typeOf } from '../../bson-tree.ts'

/** The operators that combine queries. */
export const LOGICAL_OPERATORS = new Set(['$and', '$or', '$nor'])

const MIN_KEY_TYPE = 255
const MAX_KEY_TYPE = 127
const DECIMAL_TYPE = 19
/** Each value that has no certain hash needs a condition of its own; longer lists are left as they are. */
const MAX_CONDITIONS = 100

/** Returns the query to use instead of an operator on a path; undefined leaves the operator as it is. */
type Replacement = (path: string, operand: Node, operator: string) => object | undefined

const REPLACEMENTS: Record<string, Replacement> = {
  // Missing fields are not found, and NaN is not recognized in _id.
  $gt: replaceComparison,
  $gte: replaceComparison,
  $lt: replaceComparison,
  $lte: replaceComparison,
  // Numbers are compared by hashes, which differ between types.
  $in: replaceList,
  $nin: (path, operand) => {
    const list = replaceList(path, operand)
    return list && { $nor: [list] }
  },
  // Fractions of decimals are cut off.
  $bitsAllSet: replaceBits,
  $bitsAllClear: replaceBits,
  $bitsAnySet: replaceBits,
  $bitsAnyClear: replaceBits,
}

/** Returns the query to use instead of an operator on a path; undefined if the operator finds what it finds in MongoDB. */
export function replacementOf(path: string, operator: string, operand: Node): object | undefined {
  return Object.hasOwn(REPLACEMENTS, operator) ? REPLACEMENTS[operator]?.(path, operand, operator) : undefined
}

/** Whether an equal value of another type can have another hash: decimals, fractions, and numbers in documents and arrays. */
export function hasUncertainHash(path: string, value: Node): boolean {
  if (value instanceof Branch)
    return path !== '_id' && isData(value) && value.fields.some(([, inner]) => hasNumber(inner))
  const number = numberIn(value)
  return (
    number !== undefined && (typeOf(value) === DECIMAL_TYPE || (!Number.isInteger(number) && !Number.isNaN(number)))
  )
}

/** Returns a condition for equal values. DocumentDB compares hashes only in conditions of one operator. */
export function equalTo(value: Node): object {
  return { $eq: value, $gte: value }
}

function isData(value: Branch): boolean {
  return value.isArray || !value.fields[0]?.[0].startsWith('$')
}

function hasNumber(value: Node): boolean {
  return value instanceof Branch ? value.fields.some(([, inner]) => hasNumber(inner)) : numberIn(value) !== undefined
}

function replaceList(path: string, operand: Node): object | undefined {
  const values = (arrayIn(operand)?.fields ?? []).map(([, value]) => value)
  const uncertain = values.filter(value => hasUncertainHash(path, value))
  if (values.length < 2 || uncertain.length === 0 || uncertain.length > MAX_CONDITIONS) return undefined
  const certain = values.filter(value => !uncertain.includes(value))
  return { $or: [{ [path]: { $in: certain } }, ...uncertain.map(value => ({ [path]: equalTo(value) }))] }
}

function replaceComparison(path: string, operand: Node, operator: string): object | undefined {
  const orEqual = operator.endsWith('e')
  if (path === '_id') {
    if (!Number.isNaN(numberIn(operand))) return undefined
    return { [path]: orEqual ? { $eq: operand } : { $in: [] } }
  }
  const type = operator.startsWith('$g') ? MIN_KEY_TYPE : MAX_KEY_TYPE
  if (typeOf(operand) !== type) return undefined
  return orEqual ? {} : { $or: [{ [path]: { [operator]: operand } }, { [path]: { $exists: false } }] }
}

function replaceBits(path: string, operand: Node, operator: string): object {
  const value = `$${path}`
  const isIn64Bits = [{ $gte: [value, -(2 ** 63)] }, { $lt: [value, 2 ** 63] }]
  const isInteger = { $and: [...isIn64Bits, { $eq: [value, { $trunc: value }] }] }
  const canMatch = { $cond: [{ $eq: [{ $type: value }, 'decimal'] }, isInteger, true] }
  return { $and: [{ [path]: { [operator]: operand } }, { $expr: canMatch }] }
}
