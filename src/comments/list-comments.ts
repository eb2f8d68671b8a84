import type { Model, QueryFilter } from 'mongoose'
import { olderThan, pageOf } from '../http/cursor.ts'
import type { Comment } from './comment.ts'

/** Returns a page of the comments on an image, newest first. Comments posted between two pages neither repeat nor hide any. */
export async function listComments(
  model: Model<Comment>,
  imageId: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ items: Comment[]; nextCursor: string | null }> {
  const filter: QueryFilter<Comment> = {
    imageId,
    pendingSince: { $exists: false },
    ...olderThan('createdAt', cursor),
  }
  const found = await model
    .find(filter)
    .sort({ createdAt: -1, _id: -1 })
    .limit(limit + 1)
    .lean<Comment[]>()
  return pageOf(found, limit, last => [last.createdAt.getTime(), last._id])
}
