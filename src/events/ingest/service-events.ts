import { Problem } from '../../errors.ts'
import type { LoggedEvent } from '../event.ts'
import { eventId } from '../event-id.ts'
import type { Ingest } from './ingest.ts'
import { sizeOf } from './intake.ts'

/**
 * An event that the service makes of what an account does by another route than that of events. A name for it begins with a
 * space, which no client's id holds: the two never meet.
 */
export function serviceEvent(
  person: string,
  name: string,
  fields: Pick<LoggedEvent, 'imageId' | 'type' | 'at' | 'value' | 'tag'>,
): LoggedEvent {
  return { _id: eventId(fields.at, `user:${person}`, ` ${name}`, fields.imageId), ...fields, person }
}

/**
 * Stores events of accounts that may see their images; when it returns they are durable, marked and told to the followers.
 * @throws Problem `not_found` where an image is gone, `unauthenticated` where an account is, `unavailable` where it is not known
 *   that they are stored: storing them again is safe
 */
export async function storeServiceEvents(events: LoggedEvent[], ingest: Ingest): Promise<void> {
  const entries = events.map(event => ({ event, userId: event.person, bytes: sizeOf({ event }), mayReach: () => true }))
  for (const outcome of await ingest.submit(entries)) {
    if (outcome?.code === 'unknown_image') throw new Problem('not_found')
    if (outcome?.code === 'unknown_user' || outcome?.code === 'erased')
      throw new Problem('unauthenticated', { detail: 'the account is gone' })
    if (outcome) throw new Error(`an event of our own was refused: ${outcome.detail}`)
  }
}

/** Whether storing failed for good: what it was about is gone. */
export function isGone(error: unknown): boolean {
  return error instanceof Problem && (error.code === 'not_found' || error.code === 'unauthenticated')
}
