import type { Validator } from 'typebox/compile'
import { type Fault, pointerOf } from '../../errors.ts'
import { patternFault } from '../../lib/patterns.ts'

/** Returns the first fault of a value that is not valid; its pointer names the missing or unknown property, if it is one of these. */
export function firstFault(validator: Pick<Validator, 'Errors'>, value: unknown): Fault | undefined {
  const [error] = validator.Errors(value)
  if (!error) return undefined
  const { instancePath, keyword, params, message } = error
  const { requiredProperties, additionalProperties } = params as Record<string, string[] | undefined>
  const [named] = requiredProperties ?? additionalProperties ?? []
  return {
    pointer: instancePath + (named === undefined ? '' : pointerOf(named)),
    detail: patternFault(keyword, params) ?? message,
  }
}
