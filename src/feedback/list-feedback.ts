import type { mongo } from 'mongoose'
import type { Database } from '../database/connect.ts'
import { pageOf, placeOf } from '../http/cursor.ts'
import type { UserIdentity } from '../http/plugins/identity.ts'
import { maySee } from '../images/image.ts'
import { knownImages } from '../images/library.ts'
import { ANYTHING_ON, FEEDBACK, type Feedback, feedbackId } from './feedback.ts'

interface FeedbackQuery {
  reaction?: 'like' | 'dislike' | undefined
  saved?: boolean | undefined
  limit: number
  cursor?: string | undefined
}

/** Returns a page of the caller's feedback, the last changed first. Images that the caller may no longer see are left out. */
export async function listFeedback(
  database: Database,
  caller: UserIdentity,
  query: FeedbackQuery,
): Promise<{ items: Feedback[]; nextCursor: string | null }> {
  const found = await database.db
    .collection<Feedback>(FEEDBACK)
    .find(filterOf(caller.id, query))
    .sort({ updatedAt: -1, _id: -1 })
    .limit(query.limit + 1)
    .toArray()
  const { items, nextCursor } = pageOf(found, query.limit, last => [last.updatedAt.getTime(), last.imageId])
  const images = await knownImages(
    database,
    items.map(({ imageId }) => imageId),
  )
  const isSeen = ({ imageId }: Feedback) => {
    const image = images.get(imageId)
    return image !== undefined && maySee(image, caller)
  }
  return { items: items.filter(isSeen), nextCursor }
}

function filterOf(person: string, { reaction, saved, cursor }: FeedbackQuery): mongo.Filter<Feedback> {
  const place = placeOf(cursor)
  const wanted: mongo.Filter<Feedback>[] = [{ $or: ANYTHING_ON }]
  if (reaction !== undefined) wanted.push({ 'reaction.value': reaction })
  if (saved !== undefined) wanted.push({ 'saved.value': saved ? true : { $ne: true } })
  if (place) {
    const { time, id } = place
    wanted.push({ $or: [{ updatedAt: { $lt: time } }, { updatedAt: time, _id: { $lt: feedbackId(person, id) } }] })
  }
  return { person, $and: wanted }
}
