import { encodeCursor, placeOf } from '../../http/cursor.ts'
import type { LoggedEvent } from '../event.ts'
import type { Log, PersonMatch } from '../log/log.ts'

interface MyEventsQuery {
  imageId?: string | undefined
  limit: number
  cursor?: string | undefined
}

/**
 * Returns a page of an account's events in the log, newest first. Events that arrive between two pages neither repeat nor hide
 * any on the later page.
 */
export async function myEvents(
  log: Log,
  person: string,
  { imageId, limit, cursor }: MyEventsQuery,
): Promise<{ items: LoggedEvent[]; nextCursor: string | null }> {
  const { events, more } = await log.newestOf(matchOf(person, imageId, cursor), limit)
  const last = more ? events.at(-1) : undefined
  return { items: events, nextCursor: last ? encodeCursor([last.at.getTime(), last._id]) : null }
}

/** Returns the filter for a page of a person's events. It names the time twice: as a bound of the index, and exactly. */
export function matchOf(person: string, imageId?: string, cursor?: string): PersonMatch {
  const place = placeOf(cursor)
  return {
    person,
    ...(imageId === undefined ? {} : { imageId }),
    ...(place && { at: { $lte: place.time }, $or: [{ at: { $lt: place.time } }, { _id: { $lt: place.id } }] }),
  }
}
