import type { LoggedEvent } from '../events/event.ts'
import { placeOfEvent } from '../events/event-id.ts'
import { tagKey } from '../lib/tags.ts'
import type { FeedbackType, Registers } from './feedback.ts'

/** The changes of a batch of events to one feedback: the newest event of each register. */
export interface RegisterChange extends Registers {
  person: string
  imageId: string
  updatedAt: Date
}

/** Returns the changes that events make; the order of the events does not matter. */
export function changesOf(events: LoggedEvent[]): RegisterChange[] {
  const changes = new Map<string, RegisterChange>()
  for (const event of events) {
    const { person, imageId, at } = event
    const key = JSON.stringify([person, imageId])
    const change: RegisterChange = changes.get(key) ?? { person, imageId, updatedAt: at }
    if (at > change.updatedAt) change.updatedAt = at
    changes.set(key, withEvent(change, event))
  }
  return [...changes.values()]
}

function withEvent(change: RegisterChange, event: LoggedEvent): RegisterChange {
  const { type, value, tag = '', at } = event
  const eventId = placeOfEvent(event)
  const newer = <R extends { eventId: string }>(existing: R | undefined, register: R) =>
    existing === undefined || register.eventId > existing.eventId ? register : existing
  switch (type as FeedbackType) {
    case 'like':
    case 'dislike':
    case 'clear': {
      const reaction = { value: type === 'clear' ? null : (type as 'like' | 'dislike'), at, eventId }
      return { ...change, reaction: newer(change.reaction, reaction) }
    }
    case 'rating':
    case 'unrate':
      return { ...change, rating: newer(change.rating, { value: value ?? null, at, eventId }) }
    case 'save':
    case 'unsave':
      return { ...change, saved: newer(change.saved, { value: type === 'save', at, eventId }) }
    case 'tag':
    case 'untag': {
      const key = tagKey(tag)
      const existing = change.tags?.find(register => register.key === key)
      const others = change.tags?.filter(register => register.key !== key) ?? []
      return { ...change, tags: [...others, newer(existing, { tag, key, on: type === 'tag', at, eventId })] }
    }
  }
}
