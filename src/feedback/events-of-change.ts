import type { EventType } from '../events/event.ts'
import type { Register, Registers } from './feedback.ts'

/** What somebody wants to think of an image; what is not named stays. */
export interface FeedbackChange {
  reaction?: 'like' | 'dislike' | null
  /** 1 to 5. */
  rating?: number | null
  saved?: boolean
  /** All that are to be there. */
  tags?: string[]
}

/** A wish for nothing at all. */
export const NO_FEEDBACK: Required<FeedbackChange> = { reaction: null, rating: null, saved: false, tags: [] }

/** An event to be: what is said, and when the last word on the same thing was. */
export interface FeedbackEvent {
  type: EventType
  value?: number
  tag?: string
  last: Date | undefined
}

/** The words that make the registers what is wished; there are none where they are so already. */
export function eventsForChange(
  wanted: FeedbackChange,
  { reaction, rating, saved, tags = [] }: Registers,
): FeedbackEvent[] {
  const events: FeedbackEvent[] = []
  if (isNew(wanted.reaction, reaction, null)) events.push({ type: wanted.reaction ?? 'clear', last: reaction?.at })
  if (isNew(wanted.rating, rating, null)) {
    const said = wanted.rating == null ? { type: 'unrate' as const } : { type: 'rating' as const, value: wanted.rating }
    events.push({ ...said, last: rating?.at })
  }
  if (isNew(wanted.saved, saved, false)) events.push({ type: wanted.saved ? 'save' : 'unsave', last: saved?.at })
  return wanted.tags === undefined ? events : [...events, ...tagEvents(wanted.tags, tags)]
}

function isNew<Value>(wanted: Value | undefined, existing: Register<Value> | undefined, otherwise: Value): boolean {
  return wanted !== undefined && wanted !== (existing?.value ?? otherwise)
}

function tagEvents(wanted: string[], existing: NonNullable<Registers['tags']>): FeedbackEvent[] {
  const known = new Map(existing.map(register => [register.tag, register]))
  const on = wanted.filter(tag => !known.get(tag)?.on)
  const off = existing.filter(register => register.on && !wanted.includes(register.tag))
  return [
    ...on.map((tag): FeedbackEvent => ({ type: 'tag', tag, last: known.get(tag)?.at })),
    ...off.map(({ tag, at }): FeedbackEvent => ({ type: 'untag', tag, last: at })),
  ]
}
