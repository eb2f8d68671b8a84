import type { EventType } from '../events/event.ts'
import { distinctTags, tagKey } from '../lib/tags.ts'
import type { Register, Registers, TagRegister } from './feedback.ts'

/** A change of feedback; undefined properties stay. */
export interface FeedbackChange {
  reaction?: 'like' | 'dislike' | null
  /** 1 to 5. */
  rating?: number | null
  saved?: boolean
  /** The complete list of tags. */
  tags?: string[]
}

/** The change that clears everything. */
export const NO_FEEDBACK: Required<FeedbackChange> = { reaction: null, rating: null, saved: false, tags: [] }

/** An event that a change becomes, and the time of the last event on the same register. */
export interface FeedbackEvent {
  type: EventType
  value?: number
  tag?: string
  last: Date | undefined
}

/** Returns the events that bring the registers to the wanted state; none if they have it already. */
export function eventsForChange(
  wanted: FeedbackChange,
  { reaction, rating, saved, tags = [] }: Registers,
): FeedbackEvent[] {
  const events: FeedbackEvent[] = []
  if (isNew(wanted.reaction, reaction, null)) events.push({ type: wanted.reaction ?? 'clear', last: reaction?.at })
  if (isNew(wanted.rating, rating, null)) {
    const event =
      wanted.rating == null ? { type: 'unrate' as const } : { type: 'rating' as const, value: wanted.rating }
    events.push({ ...event, last: rating?.at })
  }
  if (isNew(wanted.saved, saved, false)) events.push({ type: wanted.saved ? 'save' : 'unsave', last: saved?.at })
  return wanted.tags === undefined ? events : [...events, ...tagEvents(wanted.tags, tags)]
}

function isNew<Value>(wanted: Value | undefined, existing: Register<Value> | undefined, otherwise: Value): boolean {
  return wanted !== undefined && wanted !== (existing?.value ?? otherwise)
}

function tagEvents(wanted: string[], existing: TagRegister[]): FeedbackEvent[] {
  const known = new Map(existing.map(register => [register.key, register]))
  const tags = distinctTags(wanted)
  const keys = new Set(tags.map(tagKey))
  const on = tags.filter(tag => !known.get(tagKey(tag))?.on)
  const off = existing.filter(({ on, key }) => on && !keys.has(key))
  return [
    ...on.map((tag): FeedbackEvent => ({ type: 'tag', tag, last: known.get(tagKey(tag))?.at })),
    ...off.map(({ tag, at }): FeedbackEvent => ({ type: 'untag', tag, last: at })),
  ]
}
