import type { Model, QueryFilter } from 'mongoose'
import { fieldProblem, Problem } from '../../errors.ts'
import { decodeCursor, pageOf } from '../../http/cursor.ts'
import type { Identity } from '../../http/plugins/identity.ts'
import type { Image } from '../image.ts'
import { inOrder } from './list-by-ids.ts'
import { behind, filterOf, listOptions } from './list-images.ts'

/** Numbers that lists of images can be sorted by. */
export const NUMBERS = ['views', 'likes', 'saves', 'rating', 'ctr'] as const
export type ByNumber = (typeof NUMBERS)[number]
/** The time that such a number is of. */
export const NUMBER_WINDOWS = ['24h', '7d', '30d', 'all'] as const
export type NumberWindow = (typeof NUMBER_WINDOWS)[number]

/** An image and its number. */
export interface Numbered {
  imageId: string
  value: number
}

/** Returns the images with the highest numbers, private ones included: by descending number, equal numbers by id. */
export type NumbersOf = (by: ByNumber, window: NumberWindow) => Promise<Numbered[]>

/** Filters and page of a list that is sorted by numbers. */
interface NumberQuery {
  tag?: string | undefined
  owner?: string | undefined
  /** Images per page. */
  limit: number
  cursor?: string | undefined
}

/** An image of the list, and its place: in the ranking, or by date among the images without a number. */
interface Entry {
  id: string
  value: number | null
  place: ['number', value: number, id: string] | ['date', time: number, id: string]
}

type Place = Entry['place']

/** The images that match the filters of a list. */
interface Wanted {
  images: Model<Image>
  filter: QueryFilter<Image>
  options: ReturnType<typeof listOptions>
}

/** Filters that at most so many images match are applied to a ranking at once, instead of to one batch after the other. */
const FEW = 2_000
const BATCH_SIZE = 500

/**
 * Returns a page of the images that the caller may see, in the order of a ranking; those without a number follow, the newest first.
 * @throws Problem `unauthenticated` or `forbidden` unless an account calls: an order by numbers reveals stats; `invalid_request` for
 *   an invalid cursor
 */
export async function listByNumbers(
  images: Model<Image>,
  rank: () => Promise<Numbered[]>,
  query: NumberQuery,
  identity: Identity | null,
): Promise<{ items: (Image & { value: number | null })[]; nextCursor: string | null }> {
  requireAccount(identity)
  const place = placeOf(query.cursor)
  const wanted: Wanted = { images, filter: filterOf(query, identity), options: listOptions(query) }
  const isFiltered = query.owner !== undefined || query.tag !== undefined
  const ranking = isFiltered ? await narrowed(await rank(), wanted) : await rank()
  const most = query.limit + 1
  const first = place?.[0] === 'date' ? [] : await firstNumbered(ranking, place, most, wanted)
  const rest = first.length < most ? await firstOthers(ranking, place, most - first.length, wanted) : []
  const { items: entries, nextCursor } = pageOf([...first, ...rest], query.limit, entry => entry.place)
  const values = new Map(entries.map(({ id, value }) => [id, value]))
  const items = await inOrder(images, [...values.keys()], wanted.filter)
  return { items: items.map(image => ({ ...image, value: values.get(image._id) ?? null })), nextCursor }
}

function requireAccount(identity: Identity | null): void {
  if (identity === null)
    throw new Problem('unauthenticated', { detail: 'a list that is sorted by numbers needs an access token' })
  if (identity.kind !== 'user')
    throw new Problem('forbidden', {
      detail: 'a list that is sorted by numbers requires the access token of an account',
    })
}

function placeOf(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined
  const [kind, number, id] = decodeCursor(cursor, ['string', 'number', 'string'])
  if (kind !== 'number' && kind !== 'date') throw fieldProblem('/querystring/cursor', 'is not a cursor of this list')
  return [kind, Number(number), String(id)]
}

/** Leaves out images that do not match the filter, if few match: less is left to be looked for. */
async function narrowed(ranking: Numbered[], { images, filter, options }: Wanted): Promise<Numbered[]> {
  const matching = await images
    .find(filter, { _id: 1 }, options)
    .limit(FEW + 1)
    .lean<Pick<Image, '_id'>[]>()
  if (matching.length > FEW) return ranking
  const ids = new Set(matching.map(({ _id }) => _id))
  return ranking.filter(({ imageId }) => ids.has(imageId))
}

/** Returns the first images of a ranking behind a place that match the filter. */
async function firstNumbered(
  ranking: Numbered[],
  place: Place | undefined,
  most: number,
  { images, filter }: Wanted,
): Promise<Entry[]> {
  const left = place ? ranking.filter(image => isBehind(image, place)) : ranking
  const found: Entry[] = []
  for (let from = 0; from < left.length && found.length < most; from += BATCH_SIZE) {
    const batch = left.slice(from, from + BATCH_SIZE)
    const matching = await images
      .find({ ...filter, _id: { $in: batch.map(({ imageId }) => imageId) } }, { _id: 1 })
      .lean<Pick<Image, '_id'>[]>()
    const ids = new Set(matching.map(({ _id }) => _id))
    found.push(...batch.filter(({ imageId }) => ids.has(imageId)).map(entryOf))
  }
  return found.slice(0, most)
}

/** Returns the newest images behind a place by date that match the filter and are not in the ranking. */
async function firstOthers(
  ranking: Numbered[],
  place: Place | undefined,
  most: number,
  { images, filter, options }: Wanted,
): Promise<Entry[]> {
  const numbered = new Set(ranking.map(({ imageId }) => imageId))
  const found: Entry[] = []
  let last = place?.[0] === 'date' ? { time: new Date(place[1]), id: place[2] } : undefined
  // Each turn but the last skips only images of the ranking, whose length is bounded.
  for (;;) {
    const batch = await images
      .find({ ...filter, ...behind(last, 'newest') }, { uploadedAt: 1 }, options)
      .sort({ uploadedAt: -1, _id: -1 })
      .limit(BATCH_SIZE)
      .lean<Pick<Image, '_id' | 'uploadedAt'>[]>()
    for (const { _id, uploadedAt } of batch) {
      last = { time: uploadedAt, id: _id }
      if (!numbered.has(_id)) found.push({ id: _id, value: null, place: ['date', uploadedAt.getTime(), _id] })
    }
    if (found.length >= most || batch.length < BATCH_SIZE) return found.slice(0, most)
  }
}

function isBehind({ imageId, value }: Numbered, [, number, id]: Place): boolean {
  return value < number || (value === number && imageId > id)
}

function entryOf({ imageId, value }: Numbered): Entry {
  return { id: imageId, value, place: ['number', value, imageId] }
}
