import type { mongo } from 'mongoose'
import { batches } from '../../database/batches.ts'
import { CURRENT_READ } from '../../database/connect.ts'
import { SCAN_LIMIT } from '../../database/time-limits.ts'
import { FEEDBACK, type Feedback } from '../../feedback/feedback.ts'
import { type Day, dayOf, rangeOf } from '../day.ts'

const BATCH_SIZE = 500

/** Returns the days on which feedback was changed last, in their order. */
export async function daysOfFeedback(db: mongo.Db): Promise<Day[]> {
  const day = { $dateTrunc: { date: '$updatedAt', unit: 'day' } }
  const found = db
    .collection(FEEDBACK)
    .aggregate<{ _id: Date }>([{ $group: { _id: day } }], { ...CURRENT_READ, ...SCAN_LIMIT })
  return (await found.toArray()).map(({ _id }) => dayOf(_id)).sort()
}

/** Yields the feedback that was changed last on a day, sorted by image, time and person; also that which was taken back. */
export async function* feedbackOf(day: Day, db: mongo.Db): AsyncGenerator<Feedback[]> {
  const { from, to } = rangeOf(day)
  const options = { ...CURRENT_READ, ...SCAN_LIMIT, batchSize: BATCH_SIZE }
  yield* batches(
    db
      .collection<Feedback>(FEEDBACK)
      .find({ updatedAt: { $gte: from, $lt: to } }, options)
      .sort({ imageId: 1, updatedAt: 1, person: 1 }),
  )
}
