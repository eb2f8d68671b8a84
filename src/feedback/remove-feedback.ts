import type { mongo } from 'mongoose'
import { deleteInBatches } from '../database/delete-in-batches.ts'
import { type Bucket, distinct } from '../events/marks/buckets.ts'
import type { WriterMarks } from '../events/marks/writer-marks.ts'
import { FEEDBACK } from './feedback.ts'

/**
 * Removes the feedback on an image, or all feedback of a person. The current counts of the images are marked before each batch.
 * @throws Error when it is unknown whether all of it is removed
 */
export async function removeFeedback(
  of: { imageId: string } | { person: string },
  db: mongo.Db,
  marks: WriterMarks,
): Promise<void> {
  await deleteInBatches(db, FEEDBACK, of, ['_id', 'imageId', 'person'], (batch, deletion) => {
    const buckets = batch.map(({ imageId }): Bucket => ({ imageId, grain: 'current', start: null }))
    return marks.whileMarked(distinct(buckets), deletion)
  })
}
