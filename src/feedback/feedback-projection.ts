import type { mongo } from 'mongoose'
import { sendUpserts } from '../database/writes.ts'
import type { LoggedEvent } from '../events/event.ts'
import type { Projection } from '../events/ingest/projections.ts'
import { type Bucket, distinct } from '../events/marks/buckets.ts'
import type { WriterMarks } from '../events/marks/writer-marks.ts'
import { changesOf, type RegisterChange } from './changes-of-events.ts'
import { FEEDBACK, isFeedback } from './feedback.ts'
import { mergeUpdate } from './merge-update.ts'

const BATCH_SIZE = 500

/** For this time after the acceptance window the audit may apply an event again: it works by whole days, and takes a while. */
const AUDIT_MARGIN_MS = 3 * 86_400_000

/**
 * Creates the projection that writes feedback from events; nothing else changes feedback. It marks the current counts of the
 * images before each change.
 * @param window the acceptance window: how old an arriving event may be, in ms
 */
export function feedbackProjection(db: mongo.Db, writerMarks: WriterMarks, window: number): Projection {
  return {
    handles: ({ type, automated }) => isFeedback(type) && !automated,
    async update(events: LoggedEvent[]) {
      const changes = changesOf(events)
      for (let from = 0; from < changes.length; from += BATCH_SIZE) {
        const batch = changes.slice(from, from + BATCH_SIZE)
        await writerMarks.whileMarked(bucketsOf(batch), async () => ({
          operation: await sendUpserts(
            db,
            FEEDBACK,
            batch.map(change => mergeUpdate(change, window + AUDIT_MARGIN_MS)),
          ),
        }))
      }
    },
  }
}

function bucketsOf(changes: RegisterChange[]): Bucket[] {
  return distinct(changes.map(({ imageId }) => ({ imageId, grain: 'current', start: null })))
}
