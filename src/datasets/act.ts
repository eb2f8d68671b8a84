import type { EventType, LoggedEvent } from '../events/event.ts'
import type { Pseudonym } from '../lib/pseudonym.ts'
import { measureOf } from './rules.ts'

/** What a dataset needs of an event. */
export interface Act {
  /** Sorts by time. */
  id: string
  /** A pseudonym. */
  person: string
  imageId: string
  type: EventType
  /** In ms. */
  at: number
  /** What its type measures. */
  measure?: number | undefined
  position?: number | undefined
  listId?: string | undefined
}

export function actOf(event: LoggedEvent, pseudonym: Pseudonym): Act {
  const { _id, imageId, type, at, position, listId } = event
  const measure = measureOf(type)
  return {
    id: _id,
    person: pseudonym(event.person),
    imageId,
    type,
    at: at.getTime(),
    measure: measure === undefined ? undefined : event[measure],
    position,
    listId,
  }
}
