import type { mongo } from 'mongoose'
import { sendUpserts } from '../database/writes.ts'
import type { LoggedEvent } from '../events/event.ts'
import type { Projection } from '../events/ingest/projections.ts'
import { type Bucket, distinct } from '../events/marks/buckets.ts'
import type { WriterMarks } from '../events/marks/writer-marks.ts'
import { changesOf, type RegisterChange } from './changes-of-events.ts'
import { FEEDBACK, isFeedback } from './feedback.ts'
import { mergeUpdate } from './merge-update.ts'

const AT_ONCE = 500

/** So long after the acceptance window, in ms, the audit may tell a word again: it goes by whole days, and takes a while. */
const AUDITED = 3 * 86_400_000

/**
 * The only writer of feedback: follows the log, and marks what is counted from it before each change.
 * @param window how old an event may be that comes in, in ms
 */
export function feedbackProjection(db: mongo.Db, writerMarks: WriterMarks, window: number): Projection {
  return {
    handles: ({ type }) => isFeedback(type),
    async update(events: LoggedEvent[]) {
      const changes = changesOf(events)
      for (let from = 0; from < changes.length; from += AT_ONCE) {
        const some = changes.slice(from, from + AT_ONCE)
        await writerMarks.whileMarked(bucketsOf(some), async () => ({
          operation: await sendUpserts(
            db,
            FEEDBACK,
            some.map(change => mergeUpdate(change, window + AUDITED)),
          ),
        }))
      }
    },
  }
}

function bucketsOf(changes: RegisterChange[]): Bucket[] {
  return distinct(changes.map(({ imageId }) => ({ imageId, grain: 'current', start: null })))
}
