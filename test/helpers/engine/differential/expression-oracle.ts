import { differenceOf, productOf, sumOf } from './arithmetic.ts'
import { compareValues } from './bson-order.ts'
import { type Document, double, int, isDocument, isNumber, numberOf, typeOf, type Value } from './bson-types.ts'

/** Returns the value of an aggregation expression for a document; undefined when it is missing. */
export function evaluate(expression: Value, document: Document): Value {
  if (typeof expression === 'string' && expression.startsWith('$'))
    return valueAt(document, expression.slice(1).split('.'))
  if (Array.isArray(expression)) return expression.map(item => evaluate(item, document) ?? null)
  if (!isDocument(expression)) return expression
  const [[name, operand] = ['', undefined]] = Object.entries(expression)
  if (name === '$literal') return operand
  if (name.startsWith('$')) return calculate(name, operands(operand, document))
  const fields = Object.entries(expression).map(([name, inner]) => [name, evaluate(inner, document)] as const)
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined))
}

/** A path through an array collects the values of the documents in it. */
function valueAt(document: Document, [name = '', ...rest]: string[]): Value {
  const value = document[name]
  if (rest.length === 0) return value
  if (isDocument(value)) return valueAt(value, rest)
  if (!Array.isArray(value)) return undefined
  return value.flatMap(item => {
    const inner = isDocument(item) ? valueAt(item, rest) : undefined
    return inner === undefined ? [] : [inner]
  })
}

/** Unlike the items of an array, missing operands stay missing. */
function operands(operand: Value, document: Document): Value[] {
  return [operand].flat().map(item => evaluate(item, document))
}

function calculate(operator: string, values: Value[]): Value {
  const [a, b, c] = values
  switch (operator) {
    case '$cmp':
      return int(Math.sign(compareValues(a, b)))
    case '$eq':
      return compareValues(a, b) === 0
    case '$ne':
      return compareValues(a, b) !== 0
    case '$gt':
      return compareValues(a, b) > 0
    case '$gte':
      return compareValues(a, b) >= 0
    case '$lt':
      return compareValues(a, b) < 0
    case '$lte':
      return compareValues(a, b) <= 0
    case '$and':
      return values.every(isTrue)
    case '$or':
      return values.some(isTrue)
    case '$not':
      return !isTrue(a)
    case '$cond':
      return isTrue(a) ? b : c
    case '$ifNull':
      return values.find(value => value !== undefined && value !== null) ?? values.at(-1)
    case '$type':
      return typeOf(a)
    case '$isArray':
      return Array.isArray(a)
    case '$isNumber':
      return isNumber(a)
    case '$size':
      return int((a as Value[]).length)
    case '$concat':
      return a == null || b == null ? null : `${a}${b}`
    case '$add':
      return arithmetic(sumOf, (x, y) => x + y, a, b)
    case '$subtract':
      return arithmetic(differenceOf, (x, y) => x - y, a, b)
    case '$multiply':
      return arithmetic(productOf, (x, y) => x * y, a, b)
    default:
      throw new Error(`the oracle does not know ${operator}`)
  }
}

/** Calculates with null as null; a long that overflows becomes a double. */
function arithmetic(exact: (a: Value, b: Value) => Value, wide: (a: number, b: number) => number, a: Value, b: Value) {
  if (a == null || b == null) return null
  return exact(a, b) ?? double(wide(Number(numberOf(a)), Number(numberOf(b))))
}

/** Null, missing, false and 0 are false. */
function isTrue(value: Value): boolean {
  if (isNumber(value)) return Number(numberOf(value)) !== 0
  return value != null && value !== false
}
