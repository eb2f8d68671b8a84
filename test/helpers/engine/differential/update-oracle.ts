import { productOf, sumOf } from './arithmetic.ts'
import { compareValues, isEqual } from './bson-order.ts'
import { type Document, int, isDocument, isNumber, typeOf, type Value } from './bson-types.ts'
import { isCondition, matches } from './filter-oracle.ts'
import { OracleError } from './oracle-error.ts'
import { type Change, changedAt, changedWhereExists } from './update-paths.ts'

const BAD_VALUE = 2
const TYPE_MISMATCH = 14

/**
 * Returns the document after an update by operators.
 * @throws OracleError with MongoDB's code when the update can not be applied to the document
 */
export function updated(document: Document, update: Record<string, Document>): Document {
  let result = document
  for (const [operator, fields] of Object.entries(update)) {
    for (const [path, operand] of Object.entries(fields)) result = applied(result, operator, path, operand)
  }
  return result
}

function applied(document: Document, operator: string, name: string, operand: Value): Document {
  const path = name.split('.')
  switch (operator) {
    case '$unset':
      return changedWhereExists(document, path, () => undefined)
    case '$pull':
      return changedWhereExists(document, path, old => arrayIn(old).filter(item => !isPulled(item, operand)))
    case '$rename':
      return renamed(document, name, operand as string)
    default:
      return changedAt(document, path, changeBy(operator, operand))
  }
}

function changeBy(operator: string, operand: Value): Change {
  switch (operator) {
    case '$set':
      return () => operand
    case '$inc':
      return old => (old === undefined ? operand : calculated(sumOf, old, operand))
    case '$mul':
      return old => calculated(productOf, old === undefined ? int(0) : old, operand)
    case '$min':
      return old => (old === undefined || compareValues(operand, old) < 0 ? operand : old)
    case '$max':
      return old => (old === undefined || compareValues(operand, old) > 0 ? operand : old)
    case '$push':
      return old => pushed(arrayIn(old ?? noArray(old)), operand)
    case '$addToSet':
      return old => withAdded(arrayIn(old ?? noArray(old)), isEach(operand) ? operand.$each : [operand])
    default:
      throw new Error(`the oracle does not know ${operator}`)
  }
}

function calculated(operation: (a: Value, b: Value) => Value, old: Value, operand: Value): Value {
  if (!isNumber(old)) throw new OracleError(TYPE_MISMATCH)
  const result = operation(old, operand)
  if (result === undefined) throw new OracleError(BAD_VALUE)
  // MongoDB writes nothing when type and value stay the same (`SafeNum::isIdentical`), so that a zero keeps its sign.
  return typeOf(old) === 'double' && typeOf(result) === 'double' && compareValues(old, result) === 0 ? old : result
}

/** The operand of `$push` and `$addToSet` with several values. */
interface Each extends Document {
  $each: Value[]
  $position?: Value
  $slice?: Value
  $sort?: Value
}

function isEach(operand: Value): operand is Each {
  return isDocument(operand) && '$each' in operand
}

/** Inserts, then sorts, then cuts. */
function pushed(array: Value[], operand: Value): Value[] {
  if (!isEach(operand)) return [...array, operand]
  const { $each, $position, $slice, $sort } = operand
  const inserted = array.toSpliced($position === undefined ? array.length : Number($position), 0, ...$each)
  const sorted = $sort === undefined ? inserted : inserted.toSorted((a, b) => Number($sort) * compareValues(a, b))
  if ($slice === undefined) return sorted
  const length = Number($slice)
  return length >= 0 ? sorted.slice(0, length) : sorted.slice(length)
}

function withAdded(array: Value[], values: Value[]): Value[] {
  const all = [...array]
  for (const value of values) if (!all.some(one => isEqual(one, value))) all.push(value)
  return all
}

/** Operators are a condition on the item, a document is a filter for documents, and other values are equal. */
function isPulled(item: Value, operand: Value): boolean {
  if (isCondition(operand)) return matches({ item }, { item: operand })
  if (isDocument(operand)) return isDocument(item) && matches(item, operand)
  return isEqual(item, operand)
}

function renamed(document: Document, from: string, to: string): Document {
  if (!(from in document)) return document
  const { [from]: value, ...others } = document
  return changedAt(others, to.split('.'), () => value)
}

/** @throws OracleError 2 (BadValue) for another type */
function arrayIn(value: Value): Value[] {
  if (!Array.isArray(value)) throw new OracleError(BAD_VALUE)
  return value
}

/** A missing array is empty; null is no array. */
function noArray(old: Value): Value {
  return old === undefined ? [] : old
}
