import { sumOf } from './arithmetic.ts'
import { compareValues, isEqual } from './bson-order.ts'
import { type Document, double, int, isNumber, numberOf, type Value } from './bson-types.ts'
import { evaluate } from './expression-oracle.ts'

/** Returns the output of `$group` in any order. */
export function grouped(documents: Document[], { _id: key, ...accumulators }: Document): Document[] {
  const groups: { _id: Value; documents: Document[] }[] = []
  for (const document of documents) {
    const _id = evaluate(key, document) ?? null
    const group = groups.find(group => isEqual(group._id, _id))
    if (group) group.documents.push(document)
    else groups.push({ _id, documents: [document] })
  }
  return groups.map(({ _id, documents }) => {
    const values = Object.entries(accumulators).map(([name, accumulator]) => {
      const [[operator, expression] = ['', undefined]] = Object.entries(accumulator as Document)
      return [
        name,
        accumulated(
          operator,
          documents.map(document => evaluate(expression, document)),
        ),
      ] as const
    })
    return { _id, ...Object.fromEntries(values) }
  })
}

function accumulated(operator: string, values: Value[]): Value {
  const numbers = values.filter(isNumber)
  const present = values.filter(value => value !== undefined && value !== null)
  switch (operator) {
    case '$sum':
      return numbers.reduce(sumOf, int(0))
    case '$avg':
      return numbers.length === 0 ? null : double(numbers.reduce<number>(add, 0) / numbers.length)
    case '$min':
      return present.toSorted(compareValues)[0] ?? null
    case '$max':
      return present.toSorted(compareValues).at(-1) ?? null
    case '$first':
      return values[0] ?? null
    case '$last':
      return values.at(-1) ?? null
    case '$push':
      return values.filter(value => value !== undefined)
    default:
      throw new Error(`the oracle does not know ${operator}`)
  }
}

function add(sum: number, value: Value): number {
  return sum + Number(numberOf(value))
}
