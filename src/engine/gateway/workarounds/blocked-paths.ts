/**
 * Workaround: `$unset`, `$pull` and `$pullAll` have no effect in MongoDB if their path leads through a value that is no document.
 * DocumentDB refuses them. Such an item had no effect and can be sent again without the path.
 */
import type { BSON } from 'mongodb'
import { Branch, documentIn, parseTree, plainValue, serializeTree } from '../bson-tree.ts'

const OPERATORS = new Set(['$unset', '$pull', '$pullAll'])
const PATH_NOT_VIABLE = 28

/** Whether an item of an update failed since a path leads through a value that is no document. */
export function isBlocked({ code, errmsg }: BSON.Document): boolean {
  return code === PATH_NOT_VIABLE || /^Failed to create the field/.test(errmsg)
}

/**
 * Returns the item of an update without the only dotted path that removes something; undefined if there are none or several, or the
 * item updates several documents, since then some of them may have the path.
 */
export function withoutBlockedPath(item: Buffer): Buffer | undefined {
  const tree = parseTree(item)
  const [update, multi] = [documentIn(tree.get('u')), tree.get('multi')]
  const isRemoving = (operator: string, path: string) => OPERATORS.has(operator) && path.includes('.')
  const paths = (update?.fields ?? []).flatMap(([operator, operand]) =>
    (documentIn(operand)?.fields ?? []).filter(([path]) => isRemoving(operator, path)),
  )
  if (!update || paths.length !== 1 || (multi && plainValue(multi) === true)) return undefined
  const rest = update.map((operand, operator) =>
    operand instanceof Branch
      ? operand.map((value, path) => (isRemoving(operator, path) ? undefined : value))
      : operand,
  )
  return serializeTree(tree.map((value, name) => (name === 'u' ? rest : value)))
}
