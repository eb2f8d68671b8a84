import type { LoggedEvent } from '../events/event.ts'
import type { Log } from '../events/log/log.ts'
import { myEvents } from '../events/my-events.ts'

const AT_ONCE = 1_000

/** All that the log holds of a person, newest first, each once, some at a time. */
export async function* eventsOfPerson(person: string, log: Log): AsyncGenerator<LoggedEvent> {
  let cursor: string | undefined
  do {
    const { items, nextCursor } = await myEvents(log, person, { limit: AT_ONCE, cursor })
    yield* items
    cursor = nextCursor ?? undefined
  } while (cursor !== undefined)
}
