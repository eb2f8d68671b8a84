import {
  arrayIn,
  type Branch,
  documentIn,
  type Node,
  nodeOf,
  numberIn,
  plainValue,
  textOf,
  typeOf,
} from '../bson-tree.ts'
import { CommandError } from '../errors/command-error.ts'
import { rewriteExpression } from './expressions.ts'

const BOOLEAN_TYPE = 8
const EMPTY_PROJECTION = 51270
const INCLUSION_IN_EXCLUSION = 31253
const EXPRESSION_IN_EXCLUSION = 31252
const LITERAL_IN_EXCLUSION = 31310
/** Operators that inclusions and exclusions may contain. */
const NEUTRAL_OPERATORS = new Set(['$slice', '$elemMatch', '$meta'])

/** What a projection does with a field. */
type Kind = 'inclusion' | 'exclusion' | 'expression' | 'literal' | 'neutral'

/** MongoDB's error codes for the kinds of fields that an exclusion can not contain. */
const CODES: Partial<Record<Kind, number>> = {
  inclusion: INCLUSION_IN_EXCLUSION,
  expression: EXPRESSION_IN_EXCLUSION,
  literal: LITERAL_IN_EXCLUSION,
}

/**
 * Rewrites the projection of a query so that DocumentDB returns what MongoDB returns for the original one.
 * @throws CommandError with MongoDB's code for an empty document, which DocumentDB takes, and for a field that an exclusion can not
 *   contain, which DocumentDB refuses with another code
 */
export function rewriteProjection(node: Node): Node {
  const projection = documentIn(node)
  if (!projection) return node
  const [first, ...others] = kindsIn(projection).filter(kind => kind !== 'neutral')
  const [code] = first === 'exclusion' ? others.flatMap(kind => CODES[kind] ?? []) : []
  if (code) throw new CommandError(code, 'Cannot do inclusion in exclusion projection')
  return rewriteExpression(projection.map(withSliceExpression))
}

/** Returns the kinds of all fields except `_id`, in order. */
function kindsIn(projection: Branch): Kind[] {
  return projection.fields.flatMap(([name, value]) => (name === '_id' ? [] : kindsOf(value)))
}

function kindsOf(value: Node): Kind[] {
  const document = documentIn(value)
  if (!document) return [kindOfValue(value)]
  const [first] = document.fields
  if (!first) throw new CommandError(EMPTY_PROJECTION, 'An empty sub-projection is not a valid value')
  if (!first[0].startsWith('$')) return document.fields.flatMap(([, inner]) => kindsOf(inner))
  return [NEUTRAL_OPERATORS.has(first[0]) ? 'neutral' : 'expression']
}

function kindOfValue(value: Node): Kind {
  const isFlag = numberIn(value) !== undefined || typeOf(value) === BOOLEAN_TYPE
  if (isFlag) return plainValue(value) === false || numberIn(value) === 0 ? 'exclusion' : 'inclusion'
  return textOf(value)?.startsWith('$') ? 'expression' : 'literal'
}

/** DocumentDB refuses the expression `$slice` where it expects the operator of projections. */
function withSliceExpression(value: Node): Node {
  const [only, second] = documentIn(value)?.fields ?? []
  const [input] = only?.[0] === '$slice' ? (arrayIn(only[1])?.fields ?? []) : []
  const isExpression = input && !second && (documentIn(input[1]) || textOf(input[1])?.startsWith('$'))
  return isExpression ? nodeOf({ $let: { vars: {}, in: value } }) : value
}
