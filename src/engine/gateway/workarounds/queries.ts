import { arrayIn, Branch, documentIn, type Node, nodeOf, regexIn } from '../bson-tree.ts'
import { rewriteExpression } from './expressions.ts'

const LOGICAL_OPERATORS = new Set(['$and', '$or', '$nor'])
const REFERENCE_FIELDS = new Set(['$ref', '$id', '$db'])

/** Rewrites a query so that DocumentDB finds what MongoDB finds with the original one: the expressions in it, and some operators. */
export function rewriteQuery(node: Node): Node {
  if (!(node instanceof Branch)) return node
  if (node.isArray) return node.map(rewriteQuery)
  return node.map((value, name) => {
    if (name === '$expr') return rewriteExpression(value)
    return LOGICAL_OPERATORS.has(name) ? rewriteQuery(value) : rewriteCondition(value)
  })
}

/** Rewrites the condition of a path. */
function rewriteCondition(condition: Node): Node {
  const operators = documentIn(condition)
  return operators ? rewriteOperators(operators) : condition
}

function rewriteOperators(operators: Branch): Branch {
  return withTextOfRegex(operators).map(rewriteOperand)
}

function rewriteOperand(operand: Node, operator: string): Node {
  if (operator === '$elemMatch') return rewriteElemMatch(operand)
  return operator === '$all' ? (arrayIn(operand)?.map(rewriteCondition) ?? operand) : operand
}

/** The option `s` of a regular expression is refused as operand of `$regex`, but not in `$options`. */
function withTextOfRegex(operators: Branch): Branch {
  const regex = regexIn(operators.get('$regex'))
  if (!regex || operators.get('$options')) return operators
  const [pattern = '', options = ''] = regex.bytes.toString('utf8').split('\0')
  return operators.with('$regex', nodeOf(pattern)).with('$options', nodeOf(options))
}

/**
 * With an index whose second field is the array, `$elemMatch` on values ends the server. It uses no index for a double negation;
 * `$nin` keeps DocumentDB from simplifying that of a single `$eq`.
 */
function rewriteElemMatch(operand: Node): Node {
  if (!isOnValues(operand)) return rewriteQuery(operand)
  const operators = rewriteOperators(operand)
  const condition = operators.get('$nin') ? operators : operators.with('$nin', nodeOf([]))
  return nodeOf({ $not: { $not: condition } })
}

/** Whether the operand of `$elemMatch` has operators for the elements, and is not a query for documents or references (DBRef). */
function isOnValues(operand: Node): operand is Branch {
  const name = documentIn(operand)?.fields[0]?.[0] ?? ''
  return name.startsWith('$') && !LOGICAL_OPERATORS.has(name) && !REFERENCE_FIELDS.has(name)
}
