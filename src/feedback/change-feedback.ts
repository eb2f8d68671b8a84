import type { mongo } from 'mongoose'
import type { LoggedEvent } from '../events/event.ts'
import type { Ingest } from '../events/ingest/ingest.ts'
import { serviceEvent, storeServiceEvents } from '../events/ingest/service-events.ts'
import type { KeyedMutex } from '../lib/keyed-mutex.ts'
import { eventsForChange, type FeedbackChange, type FeedbackEvent } from './events-of-change.ts'
import { readFeedback, type StoredFeedback } from './read-feedback.ts'

interface ChangeParts {
  db: mongo.Db
  ingest: Ingest
  mutex: KeyedMutex
}

/**
 * Changes a person's feedback on an image by storing events, and returns when they are durable and projected. Only the log is
 * written: after a crash the next event of the same feedback or the audit updates the projection. Concurrent changes of one
 * feedback are serialized within a process; between processes the last event on each register wins.
 * @throws Problem `not_found` when the image no longer exists; `unavailable` when the outcome is unknown: a retry is safe
 */
export function changeFeedback(
  person: string,
  imageId: string,
  wanted: FeedbackChange,
  { db, ingest, mutex }: ChangeParts,
): Promise<StoredFeedback> {
  return mutex.runExclusive(JSON.stringify([person, imageId]), async () => {
    const existing = await readFeedback(db, person, imageId)
    const events = eventsForChange(wanted, existing)
    if (events.length === 0) return existing
    await storeServiceEvents(eventsOf(events, person, imageId), ingest)
    return readFeedback(db, person, imageId)
  })
}

/** Creates the events, all with the same time: later than the registers they change, even if those are ahead of this clock. */
function eventsOf(events: FeedbackEvent[], person: string, imageId: string): LoggedEvent[] {
  const at = new Date(Math.max(Date.now(), ...events.map(({ last }) => (last ? last.getTime() + 1 : 0))))
  // The name contains the whole content: different events of two processes in one millisecond get different ids.
  return events.map(({ last: _, ...event }) =>
    serviceEvent(person, Object.values(event).join(' '), { imageId, at, ...event }),
  )
}
