import { fieldProblem } from '../../errors.ts'
import { type ByNumber, NUMBERS } from './list-by-numbers.ts'

type Query = Record<string, string | undefined>

/** Whether a list is sorted by a number, not by date. */
export function isByNumber(sort: string | undefined): sort is ByNumber {
  return (NUMBERS as readonly (string | undefined)[]).includes(sort)
}

/** @throws Problem `invalid_request` for parameters of a list that can not be combined */
export function refuseCombinations({ ids, ...others }: Query): void {
  if (ids !== undefined) refuse(Object.keys(others), others, 'ids')
  if (isByNumber(others.sort)) refuse(['q', 'sha256'], others, 'a sort by a number')
  else if (others.window !== undefined) throw fieldProblem('/querystring/window', 'requires a sort by a number')
}

function refuse(names: string[], query: Query, by: string): void {
  const name = names.find(name => query[name] !== undefined)
  if (name !== undefined) throw fieldProblem(`/querystring/${name}`, `can not be combined with ${by}`)
}
