import type { Model, QueryFilter } from 'mongoose'
import { decodeCursor, encodeCursor } from '../http/cursor.ts'
import type { Identity } from '../http/identity.ts'
import type { Image } from './image.ts'

export interface ImageQuery {
  tag?: string | undefined
  owner?: string | undefined
  sort: 'newest' | 'oldest'
  limit: number
  cursor?: string | undefined
}

/** Images that the caller may see, by date; uploads meanwhile neither repeat nor hide any on later pages. */
export async function listImages(
  images: Model<Image>,
  { tag, owner, sort, limit, cursor }: ImageQuery,
  identity: Identity | null,
): Promise<{ items: Image[]; nextCursor: string | null }> {
  const filter: QueryFilter<Image> = { ...visible(owner, identity), ...(tag === undefined ? {} : { tags: tag }) }
  const direction = sort === 'newest' ? -1 : 1
  const beyond = sort === 'newest' ? '$lt' : '$gt'
  if (cursor !== undefined) {
    const [time, id] = decodeCursor(cursor, ['number', 'string'])
    const uploadedAt = new Date(Number(time))
    filter.$or = [{ uploadedAt: { [beyond]: uploadedAt } }, { uploadedAt, _id: { [beyond]: String(id) } }]
  }
  const found = await images
    .find(filter)
    .sort({ uploadedAt: direction, _id: direction })
    .limit(limit + 1)
    .lean<Image[]>()
  const items = found.slice(0, limit)
  const last = found.length > limit ? items.at(-1) : undefined
  return { items, nextCursor: last ? encodeCursor([last.uploadedAt.getTime(), last._id]) : null }
}

/** One's own in full, everybody's public ones. */
function visible(owner: string | undefined, identity: Identity | null): QueryFilter<Image> {
  if (owner === undefined) return { visibility: 'public' }
  const own = identity?.kind === 'user' && (identity.id === owner || identity.roles.includes('admin'))
  return own ? { ownerId: owner } : { ownerId: owner, visibility: 'public' }
}
