import type { Model, PipelineStage, QueryFilter } from 'mongoose'
import { Problem } from '../../errors.ts'
import { type Place, pageOf, placeOf } from '../../http/cursor.ts'
import { type Identity, representedAccount } from '../../http/plugins/identity.ts'
import { tagKey } from '../../lib/tags.ts'
import { type Image, maySee, OWNER_INDEX } from '../image.ts'

/** Maximum number of hits of a search; the best ones are listed. */
const MAX_HITS = 1_000

/** Filters, order and page of a list of images. */
export interface ImageQuery {
  tag?: string | undefined
  owner?: string | undefined
  /** Words to search for. */
  q?: string | undefined
  /** Hash of the file as it was sent; finds the caller's own images. */
  sha256?: string | undefined
  sort: 'newest' | 'oldest'
  /** Images per page. */
  limit: number
  cursor?: string | undefined
}

/**
 * Returns a page of the images that the caller may see, by date. Uploads between two pages neither repeat nor hide any.
 * @throws Problem `unauthenticated` or `forbidden` for a search by hash by a caller without own images; `invalid_request` for an
 *   invalid cursor
 */
export async function listImages(
  images: Model<Image>,
  query: ImageQuery,
  identity: Identity | null,
): Promise<{ items: Image[]; nextCursor: string | null }> {
  const found = await images.aggregate<Image>(listPipeline(query, identity), listOptions(query))
  return pageOf(found, query.limit, ({ uploadedAt, _id }) => [uploadedAt.getTime(), _id])
}

/** Returns the pipeline for a page and one image more. */
export function listPipeline(query: ImageQuery, identity: Identity | null): PipelineStage[] {
  const direction = query.sort === 'newest' ? -1 : 1
  return [
    ...(query.q === undefined
      ? [{ $match: { ...filterOf(query, identity), ...behind(placeOf(query.cursor), query.sort) } }]
      : [...bestHits(query.q, filterOf(query, identity)), { $match: behind(placeOf(query.cursor), query.sort) }]),
    { $sort: { uploadedAt: direction, _id: direction } },
    { $limit: query.limit + 1 },
  ]
}

/** Returns the hint for a list by owner: without it the planner may scan all images by date until it has found enough of the owner's. */
export function listOptions({ owner, q, sha256 }: Pick<ImageQuery, 'owner' | 'q' | 'sha256'>): {
  hint?: typeof OWNER_INDEX
} {
  return owner === undefined || q !== undefined || sha256 !== undefined ? {} : { hint: OWNER_INDEX }
}

/** Returns the filter by hash or visibility, and by tag. */
export function filterOf(
  { tag, owner, sha256 }: Pick<ImageQuery, 'tag' | 'owner' | 'sha256'>,
  identity: Identity | null,
): QueryFilter<Image> {
  return {
    ...(sha256 === undefined ? visible(owner, identity) : uploadedAs(sha256, owner, identity)),
    ...(tag === undefined ? {} : { tagKeys: tagKey(tag) }),
  }
}

/**
 * Returns the filter for the items behind a place, by time and then id. The bound that both alternatives share is outside of `$or`,
 * so that it also bounds the index scan.
 */
export function behind(place: Place | undefined, sort: ImageQuery['sort']): QueryFilter<Image> {
  if (!place) return {}
  const { time, id } = place
  const [after, from] = sort === 'newest' ? (['$lt', '$lte'] as const) : (['$gt', '$gte'] as const)
  return { uploadedAt: { [from]: time }, $or: [{ uploadedAt: { [after]: time } }, { _id: { [after]: id } }] }
}

/** Returns the stages that search for words and keep the best hits. */
function bestHits(q: string, match: QueryFilter<Image>): PipelineStage[] {
  return [
    { $match: { $text: { $search: q }, ...match } },
    { $sort: { score: { $meta: 'textScore' }, _id: 1 } },
    { $limit: MAX_HITS },
  ]
}

/** Returns the filter for the caller's own images by hash; it matches none when another owner is given as well. */
function uploadedAs(sha256: string, owner: string | undefined, identity: Identity | null): QueryFilter<Image> {
  const caller = callerOf(identity)
  const isOwn = owner === undefined || owner === caller
  return { ownerId: isOwn ? caller : { $in: [] }, uploadedSha256: sha256.toLowerCase() }
}

/** Returns the filter for visible images: all of an owner whose private images the caller may see, else public ones. */
function visible(owner: string | undefined, identity: Identity | null): QueryFilter<Image> {
  if (owner === undefined) return { visibility: 'public' }
  const seesAll = maySee({ ownerId: owner, visibility: 'private' }, identity)
  return seesAll ? { ownerId: owner } : { ownerId: owner, visibility: 'public' }
}

/**
 * Returns the owner of the caller's images: the account that the caller stands for.
 * @throws Problem `unauthenticated` without credentials; `forbidden` for an API key that stands for nobody
 */
export function callerOf(identity: Identity | null): string {
  if (identity === null)
    throw new Problem('unauthenticated', { detail: 'your own images need an access token or an API key' })
  const account = representedAccount(identity)
  if (account === undefined)
    throw new Problem('forbidden', { detail: 'only an API key with the scope images:write has images of its own' })
  return account
}
