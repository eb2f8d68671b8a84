import type { mongo } from 'mongoose'
import { SITE, startOf } from '../events/grains.ts'
import { Kept } from './kept.ts'
import { type Metric, type Recipe, recipeOf } from './metrics.ts'
import { People } from './people.ts'
import { refuseExpired } from './range.ts'
import { Best, firstListed, type Listed, type Ranked } from './ranking.ts'
import { rollups } from './rollup.ts'
import { ALL_TIME, rollupsIn, type Stretch, stretchesSince } from './stretches.ts'

const HOUR = 3_600_000
/** How long each window is, in ms, and the width of the bucket that it begins with. */
const LENGTHS = {
  '1h': [HOUR, 'minute'],
  '24h': [24 * HOUR, 'hour'],
  '7d': [7 * 24 * HOUR, 'hour'],
  '30d': [30 * 24 * HOUR, 'hour'],
} as const
export const WINDOWS = ['1h', '24h', '7d', '30d', 'all'] as const
export type Window = (typeof WINDOWS)[number]

/** So many images, those with the most events, have their people counted: a set of people is up to 3 kB. */
export const MOST_PEOPLED = 500

interface TopQuestion {
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

/** Public images in the order of something in a window. */
interface Ranking extends Omit<Top, 'items'> {
  stretches: Stretch[]
  items: Ranked[]
}

/** So many rankings are kept: each may name ten thousand images. */
const MOST_KEPT = 50

/**
 * The images with the most of something in a window, of those that may be listed. A window ends now and begins with the bucket
 * that holds the moment so long ago: a minute for 1h, an hour for the longer ones. What is dear is kept for a while; a tag only
 * chooses from it, so that whoever makes tags up holds nobody up.
 */
export class Tops {
  readonly #db: mongo.Db
  readonly #listed: Listed
  readonly #rankings = new Kept<Ranking>(MOST_KEPT)
  readonly #counted = new Kept<TopItem[]>()

  constructor(db: mongo.Db, listed: Listed) {
    this.#db = db
    this.#listed = listed
  }

  /** @throws Problem `interval_expired` where what the window begins with is no longer kept */
  async top({ metric, window, country, tag }: TopQuestion, most: number): Promise<Top> {
    const key = JSON.stringify([metric, window, country])
    const ranking = await this.#rankings.get(key, () => this.#rank(metric, window, country))
    const items =
      metric === 'people' ? await this.#people(ranking, tag) : ranking.items.map(item => ({ ...item, exact: true }))
    // Also what is kept is looked at again: what has become private or gone since then must not show.
    return { from: ranking.from, asOf: ranking.asOf, items: await firstListed(items, this.#listed, tag, most) }
  }

  async #rank(metric: Metric, window: Window, country: string | undefined): Promise<Ranking> {
    const asOf = new Date()
    const { from, stretches } = await windowOf(window, asOf, this.#db)
    const ranked = await rank(recipeOf(metric, country), stretches, this.#db)
    return { from, asOf, stretches, items: await firstListed(ranked, this.#listed, undefined, ranked.length) }
  }

  async #people({ asOf, stretches, items }: Ranking, tag: string | undefined): Promise<TopItem[]> {
    const candidates = await firstListed(items, this.#listed, tag, MOST_PEOPLED)
    if (candidates.length === 0) return []
    const key = JSON.stringify([asOf, stretches, tag])
    return this.#counted.get(key, () => countPeople(candidates, stretches, this.#db))
  }
}

async function windowOf(window: Window, now: Date, db: mongo.Db): Promise<{ from: Date | null; stretches: Stretch[] }> {
  if (window === 'all') return { from: null, stretches: ALL_TIME }
  const [length, grain] = LENGTHS[window]
  const from = startOf(grain, new Date(now.getTime() - length))
  await refuseExpired(db, grain, from)
  return { from, stretches: stretchesSince(from) }
}

/** The database sums; what is made of the sums is ours. */
async function rank({ fields, value }: Recipe, stretches: Stretch[], db: mongo.Db): Promise<Ranked[]> {
  const sums = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, { $sum: field }]))
  const pipeline = [{ $match: rollupsIn(stretches) }, { $group: { _id: '$imageId', ...sums } }]
  const best = new Best()
  for await (const { _id, ...found } of rollups(db).aggregate<{ _id: string } & Record<string, number>>(pipeline)) {
    const score = value(found)
    if (_id !== SITE && score !== null && score > 0) best.add({ imageId: _id, value: score })
  }
  return best.inOrder()
}

async function countPeople(candidates: Ranked[], stretches: Stretch[], db: mongo.Db): Promise<TopItem[]> {
  const people = new Map(candidates.map(({ imageId }) => [imageId, new People()]))
  const filter = { ...rollupsIn(stretches), imageId: { $in: [...people.keys()] } }
  for await (const rollup of rollups(db).find(filter, { projection: { imageId: 1, people: 1 } })) {
    if (rollup.people) people.get(rollup.imageId)?.merge(rollup.people)
  }
  const best = new Best<TopItem>()
  for (const [imageId, set] of people) {
    const { value, exact } = set.count()
    if (value > 0) best.add({ imageId, value, exact })
  }
  return best.inOrder()
}
