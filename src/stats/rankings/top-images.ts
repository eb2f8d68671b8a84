import type { mongo } from 'mongoose'
import { SITE, startOf } from '../../events/marks/buckets.ts'
import { rollups } from '../../rollups/rollup.ts'
import { People } from '../../rollups/sketches/people.ts'
import { PeopleBitmap } from '../../rollups/sketches/people-bitmap.ts'
import { AnswerCache } from '../answer-cache.ts'
import { DEFAULT_MIN_PEOPLE } from '../countries.ts'
import { ALL_TIME, type BucketRange, rangesSince, rollupsIn } from '../covered-ranges.ts'
import { refuseExpired } from '../range.ts'
import { type Metric, type Recipe, recipeOf } from './metrics.ts'
import { isOpinion, rankByOpinion } from './opinions.ts'
import { firstListed, type Listed, type Ranked, TopItems } from './ranking.ts'

const HOUR_MS = 3_600_000
/** Length of each window in ms, and the grain that its beginning is rounded down to. */
const LENGTHS = {
  '1h': [HOUR_MS, 'minute'],
  '24h': [24 * HOUR_MS, 'hour'],
  '7d': [7 * 24 * HOUR_MS, 'hour'],
  '30d': [30 * 24 * HOUR_MS, 'hour'],
} as const
export const WINDOWS = ['1h', '24h', '7d', '30d', 'all'] as const
export type Window = (typeof WINDOWS)[number]

/** People, also those of a country, are counted for this number of images, those with the most events: a sketch of people has up to 3 kB. */
export const MAX_RANKED_BY_PEOPLE = 500

interface TopQuery {
  metric: Metric
  window: Window
  country?: string | undefined
  tag?: string | undefined
}

interface TopItem extends Ranked {
  exact: boolean
}

interface Top {
  from: Date | null
  asOf: Date
  items: TopItem[]
}

/** Images in the order of a metric in a window. */
interface Ranking extends Omit<Top, 'items'> {
  ranges: BucketRange[]
  /** Also private ones. */
  all: Ranked[]
  /** The public ones. */
  items: Ranked[]
}

/** Each cached ranking may contain ten thousand images, twice. */
const MAX_CACHED_RANKINGS = 50

/**
 * Ranks public images by a metric in a window. A window ends now; its beginning is rounded down to a minute (1h) or an hour. The
 * rankings are cached; a tag only filters them, so that requests with many different tags do not cost as many queries.
 */
export class TopImages {
  readonly #db: mongo.Db
  readonly #listed: Listed
  readonly #rankings = new AnswerCache<Ranking>({ max: MAX_CACHED_RANKINGS })
  readonly #counted = new AnswerCache<TopItem[]>()

  constructor(db: mongo.Db, listed: Listed) {
    this.#db = db
    this.#listed = listed
  }

  /**
   * Returns the first images of a ranking.
   * @throws Problem `interval_expired` when the roll-ups at the beginning of the window have expired
   */
  async top({ metric, window, country, tag }: TopQuery, limit: number): Promise<Top> {
    const ranking = await this.#rankingOf(metric, window, country)
    const items =
      metric === 'people' ? await this.#people(ranking, tag) : ranking.items.map(item => ({ ...item, exact: true }))
    // The cached ranking is filtered again: an image may have become private or been deleted since.
    return { from: ranking.from, asOf: ranking.asOf, items: await firstListed(items, this.#listed, tag, limit) }
  }

  /**
   * Returns all images of a ranking, private ones included: the caller must filter them. The value of `people` is an upper bound.
   * @throws Problem `interval_expired` as `top` does
   */
  async ranking(metric: Metric, window: Window): Promise<Ranked[]> {
    return (await this.#rankingOf(metric, window)).all
  }

  #rankingOf(metric: Metric, window: Window, country?: string): Promise<Ranking> {
    const key = JSON.stringify([metric, window, country])
    return this.#rankings.get(key, () => this.#rank(metric, window, country))
  }

  async #rank(metric: Metric, window: Window, country: string | undefined): Promise<Ranking> {
    const asOf = new Date()
    const { from, ranges } = await windowOf(window, asOf, this.#db)
    const ranked = isOpinion(metric)
      ? await rankByOpinion(metric, from, this.#db)
      : await rank(recipeOf(metric, country), ranges, this.#db)
    const most = country === undefined ? ranked.length : MAX_RANKED_BY_PEOPLE
    const items = await firstListed(ranked, this.#listed, undefined, most)
    return {
      from,
      asOf,
      ranges,
      all: ranked,
      items: country === undefined ? items : await wellKnown(items, country, ranges, this.#db),
    }
  }

  async #people({ asOf, ranges, items }: Ranking, tag: string | undefined): Promise<TopItem[]> {
    const candidates = await firstListed(items, this.#listed, tag, MAX_RANKED_BY_PEOPLE)
    if (candidates.length === 0) return []
    const key = JSON.stringify([asOf, ranges, tag])
    return this.#counted.get(key, () => countPeople(candidates, ranges, this.#db))
  }
}

async function windowOf(
  window: Window,
  now: Date,
  db: mongo.Db,
): Promise<{ from: Date | null; ranges: BucketRange[] }> {
  if (window === 'all') return { from: null, ranges: ALL_TIME }
  const [length, grain] = LENGTHS[window]
  const from = startOf(grain, new Date(now.getTime() - length))
  const ranges = rangesSince(from)
  await refuseExpired(db, ranges)
  return { from, ranges }
}

/** Ranks images: the database sums the fields of the metric, from which its value is computed here. */
async function rank({ fields, value }: Recipe, ranges: BucketRange[], db: mongo.Db): Promise<Ranked[]> {
  const sums = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, { $sum: field }]))
  const pipeline = [{ $match: rollupsIn(ranges) }, { $group: { _id: '$imageId', ...sums } }]
  const best = new TopItems()
  for await (const { _id, ...found } of rollups(db).aggregate<{ _id: string } & Record<string, number>>(pipeline)) {
    const score = value(found)
    if (_id !== SITE && score !== null && score > 0) best.add({ imageId: _id, value: score })
  }
  return best.inOrder()
}

/** Leaves out the images of which fewer people of a country are certain than a country must have to be named in stats. */
async function wellKnown(items: Ranked[], country: string, ranges: BucketRange[], db: mongo.Db): Promise<Ranked[]> {
  const people = new Map(items.map(({ imageId }) => [imageId, new PeopleBitmap()]))
  const filter = { ...rollupsIn(ranges), imageId: { $in: [...people.keys()] } }
  const projection = { imageId: 1, [`countryPeople.${country}`]: 1 }
  for await (const { imageId, countryPeople } of rollups(db).find(filter, { projection })) {
    const bytes = countryPeople?.[country]
    if (bytes) people.get(imageId)?.merge(bytes)
  }
  return items.filter(({ imageId }) => (people.get(imageId)?.atLeast() ?? 0) >= DEFAULT_MIN_PEOPLE)
}

async function countPeople(candidates: Ranked[], ranges: BucketRange[], db: mongo.Db): Promise<TopItem[]> {
  const people = new Map(candidates.map(({ imageId }) => [imageId, new People()]))
  const filter = { ...rollupsIn(ranges), imageId: { $in: [...people.keys()] } }
  for await (const rollup of rollups(db).find(filter, { projection: { imageId: 1, people: 1 } })) {
    if (rollup.people) people.get(rollup.imageId)?.merge(rollup.people)
  }
  const best = new TopItems<TopItem>()
  for (const [imageId, set] of people) {
    const { value, exact } = set.count()
    if (value > 0) best.add({ imageId, value, exact })
  }
  return best.inOrder()
}
