import { compareValues, isEqual, rankOf } from './bson-order.ts'
import { type Document, isDocument, isNumber, numberOf, typeOf, type Value } from './bson-types.ts'
import { valuesAt } from './filter-paths.ts'

/** Whether any of the values that a condition concerns passes a test. */
type Any = (test: (value: Value) => boolean, expandsLeaf?: boolean) => boolean

/** Whether a filter of `find` matches a document in MongoDB. */
export function matches(document: Document, filter: Document): boolean {
  return Object.entries(filter).every(([name, operand]) => {
    const filters = operand as Document[]
    if (name === '$and') return filters.every(inner => matches(document, inner))
    if (name === '$or') return filters.some(inner => matches(document, inner))
    if (name === '$nor') return !filters.some(inner => matches(document, inner))
    const path = name.split('.')
    const any: Any = (test, expandsLeaf = true) => valuesAt(document, path, expandsLeaf).some(test)
    return isCondition(operand) ? meets(any, operand) : meetsEquality(any, operand)
  })
}

/** Whether one value, taken by itself, meets the operators of a condition, as in `$elemMatch` and `$pull`. */
export function meetsCondition(value: Value, condition: Document): boolean {
  return meets(test => test(value), condition)
}

/** Whether a value of a filter is a document of operators. */
export function isCondition(value: Value): value is Document {
  return isDocument(value) && (Object.keys(value)[0]?.startsWith('$') ?? false)
}

function meets(any: Any, condition: Document): boolean {
  return Object.entries(condition).every(([operator, operand]) => meetsOperator(any, operator, operand))
}

function meetsOperator(any: Any, operator: string, operand: Value): boolean {
  const list = operand as Value[]
  switch (operator) {
    case '$ne':
      return !meetsOperator(any, '$eq', operand)
    case '$nin':
      return !meetsOperator(any, '$in', operand)
    case '$not':
      return isCondition(operand) ? !meets(any, operand) : !meetsEquality(any, operand)
    case '$exists':
      return any(value => value !== undefined) === operand
    case '$in':
      return list.some(item => meetsEquality(any, item))
    case '$all':
      return list.length > 0 && list.every(item => (isCondition(item) ? meets(any, item) : meetsEquality(any, item)))
    case '$type':
      return any(value => hasType(value, operand as string))
    case '$size':
      return any(value => Array.isArray(value) && value.length === Number(operand), false)
    case '$elemMatch':
      return any(value => Array.isArray(value) && value.some(item => meetsElement(item, operand as Document)), false)
    case '$mod':
      return any(value => hasRemainder(value, Number(list[0]), Number(list[1])))
    default:
      return any(value => isOrdered(value, operator, operand))
  }
}

/** A regular expression matches strings and its equal; all other values match by equality. */
function meetsEquality(any: Any, operand: Value): boolean {
  if (typeOf(operand) !== 'regex') return meetsOperator(any, '$eq', operand)
  const { pattern, options } = operand as { pattern: string; options: string }
  const expression = new RegExp(pattern, options)
  return any(value => (typeof value === 'string' ? expression.test(value) : isEqual(value, operand)))
}

/** Nested arrays are matched as if they were documents with their positions as names. */
function meetsElement(item: Value, operand: Document): boolean {
  if (isCondition(operand)) return meetsCondition(item, operand)
  if (Array.isArray(item)) return matches({ ...item }, operand)
  return isDocument(item) && matches(item, operand)
}

/** Values of different types do not compare, except for null with missing, and all with MinKey and MaxKey. */
function isOrdered(value: Value, operator: string, operand: Value): boolean {
  const [rank, type] = [rankOf(value), typeOf(operand)]
  if (rank !== rankOf(operand)) {
    if (value === undefined && operand === null) return ['$eq', '$gte', '$lte'].includes(operator)
    if (type === 'minKey') return operator === '$gt' || operator === '$gte'
    return type === 'maxKey' && (operator === '$lt' || operator === '$lte')
  }
  const order = compareValues(value, operand)
  if (isNumber(value) && (Number.isNaN(numberOf(value)) || Number.isNaN(numberOf(operand)))) {
    return order === 0 && operator !== '$gt' && operator !== '$lt'
  }
  switch (operator) {
    case '$eq':
      return order === 0
    case '$gt':
      return order > 0
    case '$gte':
      return order >= 0
    case '$lt':
      return order < 0
    case '$lte':
      return order <= 0
    default:
      throw new Error(`the oracle does not know ${operator}`)
  }
}

function hasType(value: Value, type: string): boolean {
  return type === 'number' ? isNumber(value) : typeOf(value) === type
}

/** Fractions are cut off; NaN and infinite numbers have no remainder. */
function hasRemainder(value: Value, divisor: number, remainder: number): boolean {
  if (!isNumber(value)) return false
  const number = numberOf(value)
  if (typeof number === 'number' && !Number.isFinite(number)) return false
  return Number(BigInt(typeof number === 'number' ? Math.trunc(number) : number) % BigInt(divisor)) === remainder
}
