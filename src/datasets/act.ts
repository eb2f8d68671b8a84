import type { EventType, LoggedEvent } from '../events/event.ts'
import { placeOfEvent } from '../events/event-id.ts'
import type { Pseudonym } from '../lib/pseudonym.ts'
import { measureOf } from './rules.ts'

/** An event in the form in which datasets use it. */
export interface Act {
  /** Sorts by time, then by arrival. */
  place: string
  /** Pseudonym. */
  person: string
  imageId: string
  type: EventType
  /** Unix time in ms. */
  at: number
  /** The measure of its type. */
  measure?: number | undefined
  position?: number | undefined
  listId?: string | undefined
}

/** Converts an event. */
export function actOf(event: LoggedEvent, pseudonym: Pseudonym): Act {
  const { imageId, type, at, position, listId } = event
  const measure = measureOf(type)
  return {
    place: placeOfEvent(event),
    person: pseudonym(event.person),
    imageId,
    type,
    at: at.getTime(),
    measure: measure === undefined ? undefined : event[measure],
    position,
    listId,
  }
}
