import type { mongo } from 'mongoose'
import { sendWrites } from '../database/writes.ts'
import type { CoveredBuckets } from '../events/covered.ts'
import { FEEDBACK } from './feedback.ts'

/** Takes away what people think of an image, and marks what is counted from it before that; repeating it changes nothing. */
export function feedbackRemover(db: mongo.Db, covered: CoveredBuckets): (imageId: string) => Promise<void> {
  return async imageId => {
    const deletes = [{ q: { imageId }, limit: 0 }]
    await covered.whileMarked([{ imageId, grain: 'current', start: null }], () =>
      sendWrites(db, { delete: FEEDBACK, deletes }),
    )
  }
}
