import type { mongo } from 'mongoose'

/** Returns everybody's feedback on an image, sorted and without times. */
export async function feedbackOn(db: mongo.Db, imageId: string) {
  const found = await db.collection('feedback').find({ imageId }).sort({ person: 1 }).toArray()
  return found.map(({ person, reaction, rating, saved, tags = [] }) => ({
    person,
    reaction: reaction?.value ?? null,
    rating: rating?.value ?? null,
    saved: saved?.value ?? false,
    tags: tags
      .filter((tag: { on: boolean }) => tag.on)
      .map((tag: { tag: string }) => tag.tag)
      .sort(),
  }))
}
