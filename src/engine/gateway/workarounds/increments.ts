import { Decimal128, Double, Long } from 'mongodb'
import { Branch, documentIn, type Node, nodeOf, numberIn, plainValue, typeOf } from '../bson-tree.ts'

/** The start of the message with which an increment of a boolean is refused. */
const NOT_NUMERIC = 'Cannot apply $inc to a value of non-numeric type'

/** The number 1 by BSON type. */
const ONES: Record<number, Node> = {
  1: nodeOf(new Double(1)),
  16: nodeOf(1),
  18: nodeOf(Long.ONE),
  19: nodeOf(Decimal128.fromString('1')),
}
/** Operators that can not stand in a negation. */
const TOP_OPERATORS = ['$text', '$near', '$nearSphere', '$geoNear']

/**
 * Returns an update in which `$inc` by 0 is `$mul` by 1 of the same type: DocumentDB counts an unchanged field as modified only for
 * `$inc`.
 */
export function withoutEmptyIncrements(update: Branch): Branch {
  const [increments, factors] = [documentIn(update.get('$inc')), documentIn(update.get('$mul'))]
  const empty = increments?.fields.filter(([path, by]) => isZero(by) && !factors?.get(path)) ?? []
  if (!increments || empty.length === 0) return update
  const others = increments.fields.filter(field => !empty.includes(field))
  const ones = empty.map(([path, by]) => [path, ONES[typeOf(by)] ?? by] as const)
  const rest = new Branch(update.fields.filter(([name]) => name !== '$inc' && name !== '$mul'))
  const multiplied = rest.with('$mul', new Branch([...(factors?.fields ?? []), ...ones]))
  return others.length > 0 ? multiplied.with('$inc', new Branch(others)) : multiplied
}

/** The negative zero of doubles and zeros of decimals with fraction digits change a field. */
function isZero(by: Node): boolean {
  return Object.is(numberIn(by), 0) && String(plainValue(by)) === '0'
}

/**
 * Returns the query of an update that fails for documents in which `$inc` finds a boolean, which DocumentDB takes for a number.
 * An upsert keeps its query, since DocumentDB refuses expressions there.
 * @param item the item of an update, or a findAndModify
 */
export function refuseBooleans(query: Branch, item: Branch): Node {
  const increments = documentIn(documentIn(item.get('u') ?? item.get('update'))?.get('$inc'))
  const paths = (increments?.fields ?? []).map(([path]) => path)
  if (paths.length === 0 || isTrue(item.get('upsert')) || paths.some(path => path.includes('$'))) return query
  if (TOP_OPERATORS.some(operator => query.bytes?.includes(operator))) return query
  const isNoBoolean = { $nor: paths.map(path => ({ [path]: { $type: 'bool' } })) }
  const types = paths.map(path => ({ $type: `$${path}` }))
  const failure = { $toInt: { $concat: [`${NOT_NUMERIC}: `, ...types] } }
  // A document that does not match must not fail, in whatever order the conditions are evaluated.
  const guard = [isNoBoolean, { $nor: [query] }, { $expr: { $cond: [{ $in: ['bool', types] }, failure, true] } }]
  return query.get('$or') ? nodeOf({ $and: [query, { $or: guard }] }) : query.with('$or', nodeOf(guard))
}

function isTrue(node: Node | undefined): boolean {
  return node !== undefined && plainValue(node) === true
}
