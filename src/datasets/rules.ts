import { type Static, Type } from '@fastify/type-provider-typebox'
import { Compile } from 'typebox/compile'
import { EVENT_TYPES, type EventType, MEASURES } from '../events/event.ts'
import { oneOf, strict } from '../http/schemas.ts'

/** From -1 (would rather not) to 1 (wants more of it). */
const Label = Type.Number({ minimum: -1, maximum: 1 })

const LabelRule = strict({
  on: oneOf(EVENT_TYPES),
  /** Bounds of what the type measures, in the unit of the event: dwell in ms, scroll from 0 to 1, rating from 1 to 5. */
  atLeast: Type.Optional(Type.Number()),
  atMost: Type.Optional(Type.Number()),
  /** `value` is for ratings: 1 to 5 become -1 to 1. */
  label: Type.Union([Label, Type.Literal('value')]),
})
export type LabelRule = Static<typeof LabelRule>

const Rules = strict({
  /** The first of them that holds of a person and an image decides. */
  labels: Type.Array(LabelRule, { minItems: 1, maxItems: 100 }),
  /** What was shown, was seen by one of these types, and was not acted on. */
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

/** These only say that something was taken back. */
const TAKEN_BACK: EventType[] = ['clear', 'unrate', 'unsave', 'untag']

/**
 * The rules in the text of a file.
 * @throws Error that names what is wrong
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
  if (TAKEN_BACK.includes(on)) return `${on} takes something back: it labels nothing`
  if ((atLeast !== undefined || atMost !== undefined) && typeof measureOf(on) !== 'string')
    return `${on} measures nothing`
  if (label === 'value' && on !== 'rating') return 'only a rating has a value'
  return undefined
}

/** The field of an event in which its type measures. */
export function measureOf(type: EventType): 'durationMs' | 'depth' | 'scale' | 'value' | undefined {
  const measure = MEASURES[type]
  return measure === 'tag' ? undefined : measure
}
