import { uuidv4, uuidv7 } from 'uuidv7'
import type { Event } from '../types.ts'

/** Returns an event with an id, so that the service counts it once when it is sent twice. An id of the app stays. */
export function withId(event: Event): Event {
  if (event.id !== undefined) return event
  // A UUIDv7 carries the time of now, which stands for a time that is missing.
  return { ...event, id: event.at === undefined ? uuidv7() : uuidv4() }
}
