import type { mongo } from 'mongoose'
import { sendUpserts } from '../../database/writes.ts'
import { FEEDBACK, type Feedback } from '../../feedback/feedback.ts'

const BATCH_SIZE = 500

/** Stores feedback. One that exists is replaced: days are restored in their order, so the newest state stays. */
export async function restoreFeedback(feedback: AsyncIterable<Feedback[]>, db: mongo.Db): Promise<void> {
  for await (const group of feedback) {
    for (let from = 0; from < group.length; from += BATCH_SIZE) {
      const updates = group.slice(from, from + BATCH_SIZE).map(({ _id, ...content }) => ({
        q: { _id, person: content.person, imageId: content.imageId },
        u: content,
      }))
      await sendUpserts(db, FEEDBACK, updates)
    }
  }
}
