import { arrayIn, Branch, documentIn, type Node, nodeOf, regexIn } from '../bson-tree.ts'
import { rewriteExpression } from './expressions.ts'

const LOGICAL_OPERATORS = new Set(['$and', '$or', '$nor'])
const OPERATORS_WITH_MATCHES = new Set(['$elemMatch', '$all'])

/**
 * Rewrites a query so that DocumentDB finds what MongoDB finds with the original one: the expressions in it, and `$elemMatch` on
 * values, which loses the position of the match.
 */
export function rewriteQuery(node: Node): Node {
  return rewriteConditions(node, withoutIndexedElemMatch)
}

/** Rewrites only the expressions in a query, so that positions of matches are known. */
export function rewritePositionalQuery(node: Node): Node {
  return rewriteConditions(node, query => query)
}

/** Rewrites the operands of `$expr`, and each document of conditions. */
function rewriteConditions(node: Node, rewrite: (query: Branch) => Branch): Node {
  if (!(node instanceof Branch)) return node
  if (node.isArray) return node.map(query => rewriteConditions(query, rewrite))
  const rewritten = node.map((value, name) => {
    if (name === '$expr') return rewriteExpression(value)
    return LOGICAL_OPERATORS.has(name) ? rewriteConditions(value, rewrite) : withTextOfRegex(value)
  })
  return rewrite(rewritten)
}

/** The option `s` of a regular expression is refused as operand of `$regex`, but not in `$options`. */
function withTextOfRegex(condition: Node): Node {
  const operators = documentIn(condition)
  const regex = regexIn(operators?.get('$regex'))
  if (!operators || !regex || operators.get('$options')) return condition
  const [pattern = '', options = ''] = regex.bytes.toString('utf8').split('\0')
  return operators.with('$regex', nodeOf(pattern)).with('$options', nodeOf(options))
}

/** With an index whose second field is the array, `$elemMatch` on values ends the server. In a double negation it uses no index. */
function withoutIndexedElemMatch(query: Branch): Branch {
  const negated: object[] = []
  const others = query.map((condition, path) => {
    const elemMatches = path.startsWith('$') ? [] : elemMatchesIn(condition)
    if (elemMatches.length === 0) return condition
    negated.push(...elemMatches.map(elemMatch => ({ $nor: [{ [path]: { $not: elemMatch } }] })))
    const rest = (condition as Branch).map((value, name) => (OPERATORS_WITH_MATCHES.has(name) ? undefined : value))
    return rest.fields.length > 0 ? rest : undefined
  })
  return negated.length === 0 ? query : (nodeOf({ $and: [others, ...negated] }) as Branch)
}

/** Returns the conditions `{ $elemMatch }` on values in a condition, also those within `$all`. */
function elemMatchesIn(condition: Node): Node[] {
  const operators = documentIn(condition)
  const [own, all] = [operators?.get('$elemMatch'), arrayIn(operators?.get('$all'))]
  const candidates = own && operators ? [nodeOf({ $elemMatch: own })] : (all?.fields ?? []).map(([, value]) => value)
  const isMatch = (candidate: Node) => isOnValues(documentIn(candidate)?.get('$elemMatch'))
  return candidates.every(isMatch) ? candidates : []
}

/** Whether the operand of `$elemMatch` has operators for the elements, and not a query for documents. */
function isOnValues(operand: Node | undefined): boolean {
  const name = documentIn(operand)?.fields[0]?.[0] ?? ''
  return name.startsWith('$') && !LOGICAL_OPERATORS.has(name)
}
