import { type Branch, documentIn, type Node, nodeOf } from '../bson-tree.ts'

/** The stages with accumulators: as fields of the operand, or in its field `output`. */
const FIELDS: Record<string, 'output' | undefined> = {
  $group: undefined,
  $bucket: 'output',
  $bucketAuto: 'output',
  $setWindowFields: 'output',
}

/** The output fields of a stage, with their accumulators. */
export interface StageOutputs {
  stage: string
  outputs: Branch
  /** Returns the stage with other output fields. */
  replaceBy(outputs: Branch): Node
}

/** Returns the output fields of a stage; undefined for a stage without accumulators. */
export function outputsOf(stage: Node): StageOutputs | undefined {
  const [name = '', operand] = documentIn(stage)?.fields[0] ?? []
  const document = documentIn(operand)
  if (!document || !Object.hasOwn(FIELDS, name)) return undefined
  const field = FIELDS[name]
  const outputs = field ? documentIn(document.get(field)) : document
  const replaceBy = (others: Branch) => nodeOf({ [name]: field ? document.with(field, others) : others })
  return outputs && { stage: name, outputs, replaceBy }
}
