import { type Static, Type } from '@fastify/type-provider-typebox'
import { Compile } from 'typebox/compile'
import { EVENT_TYPES, type EventType, MEASURES } from '../events/event.ts'
import { oneOf, strict } from '../http/schemas.ts'

/** From -1 (negative) to 1 (positive). */
const Label = Type.Number({ minimum: -1, maximum: 1 })

const LabelRule = strict({
  on: oneOf(EVENT_TYPES),
  /** Bounds of the measure, in the unit of the event: dwell in ms, scroll from 0 to 1, rating from 1 to 5. */
  atLeast: Type.Optional(Type.Number()),
  atMost: Type.Optional(Type.Number()),
  /** `value` maps ratings of 1 to 5 to -1 to 1. */
  label: Type.Union([Label, Type.Literal('value')]),
})
export type LabelRule = Static<typeof LabelRule>

const Rules = strict({
  /** The first rule that applies to a person and an image determines the label. */
  labels: Type.Array(LabelRule, { minItems: 1, maxItems: 100 }),
  /** Label of images that were shown, seen by one of these types, and not acted on. */
  negatives: Type.Optional(strict({ seenBy: Type.Array(oneOf(EVENT_TYPES), { minItems: 1 }), label: Label })),
})
export type Rules = Static<typeof Rules>

const validator = Compile(Rules)

export const DEFAULT_RULES: Rules = {
  labels: [
    { on: 'dislike', label: -1 },
    { on: 'like', label: 1 },
    { on: 'rating', label: 'value' },
    { on: 'save', label: 1 },
    { on: 'dwell', atLeast: 10_000, label: 0.5 },
  ],
  negatives: { seenBy: ['view', 'dwell'], label: 0 },
}

/** Types that undo earlier feedback. */
const UNDOING_TYPES: EventType[] = ['clear', 'unrate', 'unsave', 'untag']

/**
 * Parses the rules in a JSON text.
 * @throws Error that names the invalid parts
 */
export function parseRules(text: string): Rules {
  const rules: unknown = JSON.parse(text)
  if (!validator.Check(rules)) {
    const faults = validator.Errors(rules).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`)
    throw new Error(`the rules are not valid: ${faults.join('; ')}`)
  }
  for (const [i, rule] of rules.labels.entries()) {
    const fault = faultOf(rule)
    if (fault) throw new Error(`the rules are not valid: /labels/${i} ${fault}`)
  }
  return rules
}

function faultOf({ on, atLeast, atMost, label }: LabelRule): string | undefined {
  if (UNDOING_TYPES.includes(on)) return `${on} undoes earlier feedback and can not have a label`
  if (on === 'comment')
    return 'comment is not available: comments are public, and would tell whose interactions these are'
  if ((atLeast !== undefined || atMost !== undefined) && typeof measureOf(on) !== 'string')
    return `${on} has no measure for atLeast and atMost`
  if (label === 'value' && on !== 'rating') return 'the label value requires the type rating'
  return undefined
}

/** Returns the field with the measure of a type. */
export function measureOf(type: EventType): 'durationMs' | 'depth' | 'scale' | 'value' | undefined {
  const measure = MEASURES[type]
  return measure === 'tag' ? undefined : measure
}
