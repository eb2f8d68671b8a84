import { arrayIn, Branch, documentIn, type Node, nodeOf } from '../../bson-tree.ts'
import { isConstant, once, type Rewrite } from './rewrite.ts'

const NULL_TYPE = 10

export const ARRAY_REWRITES: Record<string, Rewrite> = {
  // The elements are not sorted.
  $setUnion: operand => sorted('$setUnion', operand),
  $setIntersection: operand => sorted('$setIntersection', operand),
  $size: operand => nodeOf({ $size: withoutSort(operand) }),
  // With null as initial value the result is null.
  $reduce: rewriteReduce,
  // Null and missing inputs return null instead of an error.
  $maxN: operand => withInput('$maxN', operand),
  $minN: operand => withInput('$minN', operand),
  // A single array is refused.
  $mergeObjects: rewriteMergeObjects,
}

function sorted(operator: string, operand: Node): Node {
  return nodeOf({ $sortArray: { input: { [operator]: operand }, sortBy: 1 } })
}

/** Removes the sorting of a set of which only the size is used. */
function withoutSort(operand: Node): Node {
  const input = documentIn(documentIn(documentIn(operand)?.get('$sortArray'))?.get('input'))
  return input?.get('$setUnion') || input?.get('$setIntersection') ? input : operand
}

/** Keeps the value in a document while the array is reduced. */
function rewriteReduce(operand: Node): Node | undefined {
  const operands = documentIn(operand)
  const { input, initialValue, in: next } = Object.fromEntries(operands?.fields ?? [])
  if (!operands || !input || !initialValue || !next || !canBeNull(initialValue)) return undefined
  const reduced = {
    input,
    initialValue: { value: initialValue },
    in: { value: { $let: { vars: { value: '$$value.value' }, in: next } } },
  }
  return nodeOf({ $getField: { field: 'value', input: { $reduce: reduced } } })
}

function canBeNull(node: Node): boolean {
  if (node instanceof Branch) return !node.isArray && (node.fields[0]?.[0].startsWith('$') ?? false)
  return !isConstant(node) || node.type === NULL_TYPE
}

function withInput(operator: string, operand: Node): Node | undefined {
  const operands = documentIn(operand)
  const input = operands?.get('input')
  if (!operands || !input || arrayIn(input)) return undefined
  return nodeOf({ [operator]: operands.with('input', nodeOf({ $ifNull: [input, 'not an array'] })) })
}

function rewriteMergeObjects(operand: Node): Node | undefined {
  if (arrayIn(operand)) return undefined
  return once({ operand }, ({ operand }) => {
    const merged = { $reduce: { input: operand, initialValue: {}, in: { $mergeObjects: ['$$value', '$$this'] } } }
    return { $cond: [{ $isArray: [operand] }, merged, { $mergeObjects: operand }] }
  })
}
