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
 * Says what makes a person's feedback what is wished, and returns when that is durable and followed. The log is the only thing
 * written: killed anywhere, the follower's next call or the audit makes feedback of it. Changes of one feedback take turns in a
 * process; between processes the last word on each thing holds.
 * @throws Problem `not_found` where the image is gone, `unavailable` where it is not known; wishing again is safe
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

/** All at one time, later than what they change, also where that lies ahead of this clock: else they would not hold. */
function eventsOf(events: FeedbackEvent[], person: string, imageId: string): LoggedEvent[] {
  const at = new Date(Math.max(Date.now(), ...events.map(({ last }) => (last ? last.getTime() + 1 : 0))))
  // The name says the whole word: of two that two processes say in one millisecond both stand, and one holds everywhere.
  return events.map(({ last: _, ...said }) =>
    serviceEvent(person, Object.values(said).join(' '), { imageId, at, ...said }),
  )
}
