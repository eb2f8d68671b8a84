import { arrayIn, Branch, documentIn, type Node, nodeOf, regexIn } from '../../bson-tree.ts'
import { rewriteExpression } from '../expressions.ts'
import { checkOperands } from './operands.ts'
import { equalTo, hasUncertainHash, LOGICAL_OPERATORS, replacementOf } from './replacements.ts'

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
    return LOGICAL_OPERATORS.has(name) ? rewriteConditions(value, rewrite) : checkOperands(withTextOfRegex(value))
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
