import { type Branch, documentIn, type Node, nodeOf } from '../bson-tree.ts'

/** More values than a document of 16 MiB can contain. */
const MAX_VALUES = 4_000_000
/** Stages that keep the order of documents and their fields. */
const KEEPING_STAGES = new Set(['$match', '$limit', '$skip'])

/** Returns the sort pattern that determines the order before a stage, if there is one. */
export function sortBefore(stages: Node[], index: number): Branch | undefined {
  for (let i = index - 1; i >= 0; i--) {
    const [name = '', operand] = documentIn(stages[i])?.fields[0] ?? []
    if (name === '$sort') return documentIn(operand)
    if (!KEEPING_STAGES.has(name)) return undefined
  }
  return undefined
}

/**
 * Rewrites `$push` in a `$group` stage that follows a sort, since DocumentDB collects the values in any order. Instead, `$topN` with
 * the same sort collects documents with the values, and a further stage replaces them by the values. The document of a missing value
 * is empty, since `$push` skips it.
 */
export function rewriteAccumulators(stage: Node, sortBy: Branch | undefined): Node[] {
  const group = documentIn(documentIn(stage)?.get('$group'))
  if (!group || !sortBy) return [stage]
  const values: Record<string, object> = {}
  const collecting = group.map((accumulator, name) => {
    const collected = name === '_id' ? undefined : collect(documentIn(accumulator), sortBy)
    if (collected) values[name] = valuesOf(name)
    return collected ?? accumulator
  })
  if (Object.keys(values).length === 0) return [stage]
  return [nodeOf({ $group: collecting }), nodeOf({ $addFields: values })]
}

function collect(accumulator: Branch | undefined, sortBy: Branch): Node | undefined {
  const [name, value] = accumulator?.fields[0] ?? []
  if (name !== '$push') return undefined
  const output = { $let: { vars: {}, in: { value } } }
  return nodeOf({ $topN: { n: MAX_VALUES, sortBy, output } })
}

function valuesOf(name: string): object {
  const present = { $filter: { input: `$${name}`, cond: { $ne: [{ $type: '$$this.value' }, 'missing'] } } }
  return { $map: { input: present, in: '$$this.value' } }
}
