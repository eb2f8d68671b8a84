import type { mongo } from 'mongoose'
import { CURRENT_READ } from '../database/connect.ts'
import { FEEDBACK, type Feedback, feedbackId } from './feedback.ts'

/** Feedback on an image, possibly without any register. */
export type StoredFeedback = Partial<Feedback> & Pick<Feedback, 'imageId'>

/** Reads a person's feedback on an image; it includes every acknowledged change. */
export async function readFeedback(db: mongo.Db, person: string, imageId: string): Promise<StoredFeedback> {
  const filter = { _id: feedbackId(person, imageId), person, imageId }
  return (await db.collection<Feedback>(FEEDBACK).findOne(filter, CURRENT_READ)) ?? { imageId }
}

/** Returns feedback in the form of the API. */
export function wireFeedback({ imageId, reaction, rating, saved, tags = [], updatedAt }: StoredFeedback) {
  return {
    imageId,
    reaction: reaction?.value ?? null,
    rating: rating?.value ?? null,
    saved: saved?.value ?? false,
    tags: tags
      .filter(({ on }) => on)
      .map(({ tag }) => tag)
      .sort(),
    updatedAt: updatedAt?.toISOString() ?? null,
  }
}
