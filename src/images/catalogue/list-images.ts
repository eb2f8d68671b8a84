import type { Model, PipelineStage, QueryFilter } from 'mongoose'
import { Problem } from '../../errors.ts'
import { pageOf, placeOf } from '../../http/cursor.ts'
import type { Identity } from '../../http/plugins/identity.ts'
import { type Image, maySee, OWNER_INDEX } from '../image.ts'

/** Of a search so many of the best hits are looked at. */
const MOST_HITS = 1_000

export interface ImageQuery {
  tag?: string | undefined
  owner?: string | undefined
  /** Words to look for. */
  q?: string | undefined
  /** Of what was sent: finds the caller's own. */
  sha256?: string | undefined
  sort: 'newest' | 'oldest'
  limit: number
  cursor?: string | undefined
}

/** Images that the caller may see, by date; uploads meanwhile neither repeat nor hide any on later pages. */
export async function listImages(
  images: Model<Image>,
  query: ImageQuery,
  identity: Identity | null,
): Promise<{ items: Image[]; nextCursor: string | null }> {
  const found = await images.aggregate<Image>(listPipeline(query, identity), listOptions(query))
  return pageOf(found, query.limit, ({ uploadedAt, _id }) => [uploadedAt.getTime(), _id])
}

/** The stages that find a page and one image more. */
export function listPipeline(query: ImageQuery, identity: Identity | null): PipelineStage[] {
  const direction = query.sort === 'newest' ? -1 : 1
  return [
    ...(query.q === undefined
      ? [{ $match: { ...wanted(query, identity), ...beyond(query) } }]
      : [...bestHits(query.q, wanted(query, identity)), { $match: beyond(query) }]),
    { $sort: { uploadedAt: direction, _id: direction } },
    { $limit: query.limit + 1 },
  ]
}

/** An owner's images are few of all: a planner that walks all by date until it has met enough of them may never meet enough. */
export function listOptions({ owner, q, sha256 }: ImageQuery): { hint?: typeof OWNER_INDEX } {
  return owner === undefined || q !== undefined || sha256 !== undefined ? {} : { hint: OWNER_INDEX }
}

function wanted({ tag, owner, sha256 }: ImageQuery, identity: Identity | null): QueryFilter<Image> {
  return {
    ...(sha256 === undefined ? visible(owner, identity) : sent(sha256, owner, identity)),
    ...(tag === undefined ? {} : { tags: tag }),
  }
}

/** What comes after the last item seen; the bound on the time alone is for the index. */
function beyond({ cursor, sort }: ImageQuery): QueryFilter<Image> {
  const place = placeOf(cursor)
  if (!place) return {}
  const { time, id } = place
  const [after, from] = sort === 'newest' ? (['$lt', '$lte'] as const) : (['$gt', '$gte'] as const)
  return { uploadedAt: { [from]: time }, $or: [{ uploadedAt: { [after]: time } }, { _id: { [after]: id } }] }
}

function bestHits(q: string, match: QueryFilter<Image>): PipelineStage[] {
  return [
    { $match: { $text: { $search: q }, ...match } },
    { $sort: { score: { $meta: 'textScore' }, _id: 1 } },
    { $limit: MOST_HITS },
  ]
}

/** One's own by what was sent; none where another owner is asked for as well. */
function sent(sha256: string, owner: string | undefined, identity: Identity | null): QueryFilter<Image> {
  const caller = callerOf(identity)
  const isOwn = owner === undefined || owner === caller
  return { ownerId: isOwn ? caller : { $in: [] }, uploadedSha256: sha256.toLowerCase() }
}

/** One's own in full, everybody's public ones. */
function visible(owner: string | undefined, identity: Identity | null): QueryFilter<Image> {
  if (owner === undefined) return { visibility: 'public' }
  const all = maySee({ ownerId: owner, visibility: 'private' }, identity)
  return all ? { ownerId: owner } : { ownerId: owner, visibility: 'public' }
}

/** Whose images are the caller's own: the account's, or those that a key uploads for. @throws Problem `unauthenticated` */
export function callerOf(identity: Identity | null): string {
  if (identity === null) throw new Problem('unauthenticated')
  return identity.kind === 'user' ? identity.id : identity.ownerId
}
