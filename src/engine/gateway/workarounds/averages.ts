import { Branch, documentIn, type Node, nodeOf } from '../bson-tree.ts'
import { outputsOf } from './stage-outputs.ts'

/**
 * Rewrites the accumulator `$avg`, since DocumentDB returns doubles for decimals. Instead, the stage computes the sum and counts the
 * numbers, and a further stage divides them.
 */
export function rewriteAverages(stage: Node): Node[] {
  const { outputs, replaceBy } = outputsOf(stage) ?? {}
  const averages = (outputs?.fields ?? []).flatMap(([output, accumulator]) =>
    documentIn(accumulator)?.get('$avg') ? [{ output, accumulator: accumulator as Branch }] : [],
  )
  if (!outputs || !replaceBy || averages.length === 0) return [stage]
  const sums = outputs.map((accumulator, output) =>
    averages.some(average => average.output === output) ? withSum(accumulator as Branch) : accumulator,
  )
  const counts = averages.map(({ accumulator }, i) => [countName(i), withCount(accumulator)] as const)
  const results = averages.flatMap(({ output }, i) => [
    [output, quotient(output, countName(i))],
    [countName(i), '$$REMOVE'],
  ])
  return [replaceBy(new Branch([...sums.fields, ...counts])), nodeOf({ $addFields: Object.fromEntries(results) })]
}

function countName(index: number): string {
  return `average_count_${index}`
}

function withSum(accumulator: Branch): Branch {
  return new Branch(accumulator.fields.map(([name, value]) => [name === '$avg' ? '$sum' : name, value]))
}

/** Keeps the window of the accumulator. */
function withCount(accumulator: Branch): Branch {
  const isNumber = { $cond: [{ $isNumber: accumulator.get('$avg') }, 1, 0] }
  return new Branch(
    accumulator.fields.map(([name, value]) => (name === '$avg' ? ['$sum', nodeOf(isNumber)] : [name, value])),
  )
}

function quotient(output: string, count: string): object {
  return { $cond: [{ $eq: [`$${count}`, 0] }, null, { $divide: [`$${output}`, `$${count}`] }] }
}
