import type { LoggedEvent } from '../events/event.ts'
import type { FeedbackType, Registers } from './feedback.ts'

/** What a batch of events says of one person's feedback on one image: of each register the last word only. */
export interface RegisterChange extends Registers {
  person: string
  imageId: string
  updatedAt: Date
}

/** The changes that events come to, in whichever order they came. */
export function changesOf(events: LoggedEvent[]): RegisterChange[] {
  const changes = new Map<string, RegisterChange>()
  for (const event of events) {
    const { person, imageId, at } = event
    const key = JSON.stringify([person, imageId])
    const change: RegisterChange = changes.get(key) ?? { person, imageId, updatedAt: at }
    if (at > change.updatedAt) change.updatedAt = at
    changes.set(key, takeIn(change, event))
  }
  return [...changes.values()]
}

function takeIn(change: RegisterChange, { _id: eventId, type, value, tag = '', at }: LoggedEvent): RegisterChange {
  const newer = <R extends { eventId: string }>(existing: R | undefined, word: R) =>
    existing === undefined || word.eventId > existing.eventId ? word : existing
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
      const existing = change.tags?.find(register => register.tag === tag)
      const others = change.tags?.filter(register => register.tag !== tag) ?? []
      return { ...change, tags: [...others, newer(existing, { tag, on: type === 'tag', at, eventId })] }
    }
  }
}
