import { arrayIn, Branch, documentIn, type Node, nodeOf, regexIn } from '../../bson-tree.ts'
import { rewriteExpression } from '../expressions.ts'
import { checkOperands } from './operands.ts'
import { equalTo, hasUncertainHash, LOGICAL_OPERATORS, replacementOf } from './replacements.ts'

const REFERENCE_FIELDS = new Set(['$ref', '$id', '$db'])

/**
 * Rewrites a query so that DocumentDB finds what MongoDB finds with the original one: the expressions in it, and operators with faults,
 * whose replacements lose the position of the match.
 * @throws CommandError with MongoDB's code for operands that DocumentDB takes and MongoDB refuses
 */
export function rewriteQuery(node: Node): Node {
  return rewriteConditions(node, withReplacements)
}

/** Rewrites only the expressions in a query, so that positions of matches are known. @throws CommandError as `rewriteQuery` */
export function rewritePositionalQuery(node: Node): Node {
  return rewriteConditions(node, query => query)
}

/** Rewrites the operands of `$expr`, and each document of conditions. */
function rewriteConditions(node: Node, rewrite: (query: Branch) => Branch): Node {
  if (!(node instanceof Branch)) return node
  if (node.isArray) return node.map(query => rewriteConditions(query, rewrite))
  const rewritten = node.map((value, name) => {
    if (name === '$expr') return rewriteExpression(value)
    if (name === '$or') return withoutHashes(rewriteConditions(value, rewrite))
    return LOGICAL_OPERATORS.has(name) ? rewriteConditions(value, rewrite) : rewriteCondition(value)
  })
  return rewrite(rewritten)
}

/** Rewrites the condition of a path. */
function rewriteCondition(condition: Node): Node {
  const operators = documentIn(condition)
  return operators ? checkOperands(rewriteOperators(operators)) : condition
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
  if (!isOnValues(operand)) return rewritePositionalQuery(operand)
  const operators = rewriteOperators(operand)
  const condition = operators.get('$nin') ? operators : operators.with('$nin', nodeOf([]))
  return nodeOf({ $not: { $not: condition } })
}

/** Whether the operand of `$elemMatch` has operators for the elements, and is not a query for documents or references (DBRef). */
function isOnValues(operand: Node): operand is Branch {
  const name = documentIn(operand)?.fields[0]?.[0] ?? ''
  return name.startsWith('$') && !LOGICAL_OPERATORS.has(name) && !REFERENCE_FIELDS.has(name)
}

/** DocumentDB compares hashes if several operands of `$or` concern the same path. */
function withoutHashes(queries: Node): Node {
  const withoutHash = (condition: Node, path: string) => {
    const operators = documentIn(condition)?.fields ?? []
    const value = operators.length === 1 && operators[0]?.[0] === '$eq' ? operators[0][1] : condition
    return !path.startsWith('$') && hasUncertainHash(path, value) ? nodeOf(equalTo(value)) : condition
  }
  const isAlone = (arrayIn(queries)?.fields.length ?? 0) < 2
  return isAlone ? queries : (queries as Branch).map(query => documentIn(query)?.map(withoutHash) ?? query)
}

/** Moves the operators that have a replacement out of the conditions of their paths. */
function withReplacements(query: Branch): Branch {
  const replacements: object[] = []
  const others = query.map((condition, path) => {
    const operators = path.startsWith('$') ? undefined : documentIn(condition)
    const rest = operators?.map((operand, name) => {
      const replacement = replacementIn(path, name, operand)
      if (replacement) replacements.push(replacement)
      return replacement ? undefined : operand
    })
    if (!rest || rest === operators) return condition
    return rest.fields.length > 0 ? rest : undefined
  })
  return replacements.length === 0 ? query : (nodeOf({ $and: [others, ...replacements] }) as Branch)
}

function replacementIn(path: string, operator: string, operand: Node): object | undefined {
  if (operator !== '$not' || !documentIn(operand)) return replacementOf(path, operator, operand)
  const condition = new Branch([[path, operand]])
  const rewritten = withReplacements(condition)
  return rewritten === condition ? undefined : { $nor: [rewritten] }
}
