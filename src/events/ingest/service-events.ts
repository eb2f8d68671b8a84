import { Problem } from '../../errors.ts'
import type { LoggedEvent } from '../event.ts'
import { arrivalPart, eventId } from '../event-id.ts'
import { reserveArrivals } from './arrivals.ts'
import type { Ingest } from './ingest.ts'
import { sizeOf } from './intake.ts'

/**
 * Makes an event of what an account does through another route than `/v1/events`. Its id is derived from `name` with a space before
 * it, with which no client's id begins, so the two never collide.
 * @param name unique for the person, image and time
 */
export function serviceEvent(
  person: string,
  name: string,
  fields: Pick<LoggedEvent, 'imageId' | 'type' | 'at' | 'value' | 'tag'>,
): LoggedEvent {
  const _id = eventId(fields.at, `user:${person}`, ` ${name}`, fields.imageId)
  return { _id, ...fields, person, arrival: arrivalPart(reserveArrivals(1)) }
}

/**
 * Stores events of an account that may see their images. When it returns they are durable and marked, and the projections are updated.
 * @throws Problem `not_found` when an image is gone, `unauthenticated` when an account is gone, `unavailable` when the outcome is
 *   unknown; storing them again is safe
 */
export async function storeServiceEvents(events: LoggedEvent[], ingest: Ingest): Promise<void> {
  const sender = `user:${events[0]?.person}`
  const entries = events.map(event => ({ event, userId: event.person, bytes: sizeOf({ event }), mayReach: () => true }))
  for (const outcome of await ingest.submit(entries, sender)) {
    if (outcome?.code === 'unknown_image') throw new Problem('not_found')
    if (outcome?.code === 'unknown_user' || outcome?.code === 'erased')
      throw new Problem('unauthenticated', { detail: 'the account no longer exists' })
    if (outcome) throw new Error(`an event made by the service was rejected: ${outcome.detail}`)
  }
}

/** Whether storing failed because the image or the account no longer exists. */
export function isGone(error: unknown): boolean {
  return error instanceof Problem && (error.code === 'not_found' || error.code === 'unauthenticated')
}
