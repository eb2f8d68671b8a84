import type { LoggedEvent } from '../events/event.ts'
import type { Log } from '../events/log/log.ts'
import { myEvents } from '../events/mine/my-events.ts'

const PAGE_SIZE = 1_000

/** Yields all events of a person in the log, newest first, each once. Reads page by page. */
export async function* eventsOfPerson(person: string, log: Log): AsyncGenerator<LoggedEvent> {
  let cursor: string | undefined
  do {
    const { items, nextCursor } = await myEvents(log, person, { limit: PAGE_SIZE, cursor })
    yield* items
    cursor = nextCursor ?? undefined
  } while (cursor !== undefined)
}
