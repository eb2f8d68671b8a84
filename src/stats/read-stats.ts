import type { mongo } from 'mongoose'
import { Problem } from '../errors.ts'
import { type Bucket, bucketId } from '../events/marks/buckets.ts'
import { pendingSince } from '../events/marks/marks.ts'
import { type CurrentCounts, noCurrentCounts } from '../feedback/current-counts.ts'
import { Sum } from '../rollups/aggregation/sum.ts'
import { type Rollup, rollups } from '../rollups/rollup.ts'
import { type Block, blockOf, likeRatio, ratingsIn } from './block.ts'
import { indexAt } from './calendar/intervals.ts'
import { localText } from './calendar/local-text.ts'
import { UTC } from './calendar/time-zone.ts'
import { type CountryCounts, countriesOf, DEFAULT_MIN_PEOPLE } from './countries.ts'
import { ALL_TIME, rollupsOf } from './covered-ranges.ts'
import type { Range, Span } from './range.ts'

/** Bounds the work for a range. The site has minutes only as those of all images, in zones whose hours begin at half hours. */
const MAX_ROLLUPS = 50_000
/** Between batches the process serves other requests. */
const BATCH_SIZE = 500

/** Stats of an image, of some images together, or of the whole site. */
export interface Stats {
  from: Date | null
  to: Date | null
  asOf: Date | null
  /** All events that were acknowledged before the read, with a time before this one, are counted exactly once. */
  settledTo: Date
  /** Whether that holds for all acknowledged events; `settledTo` is then the time of the read. */
  settled: boolean
  totals: Block
  series: Point[]
  countries: CountryCounts[]
  /** For a comparison: the numbers of the time before; null when its roll-ups have expired. */
  before?: Before | null
}

/** The numbers of an interval, and when it begins by the clocks of its zone. */
type Point = { start: Date; localStart: string } & Block

/** The numbers of the time that a range is compared with. */
interface Before {
  from: Date
  to: Date
  totals: Block
}

/** Current counts of feedback on an image. */
interface CurrentStats {
  likes: number
  dislikes: number
  likeRatio: number | null
  saves: number
  rating: { count: number; mean: number | null }
  tags: { tag: string; count: number }[]
}

/**
 * Reads the stats of a range, with a point for each interval, also without events, and those of the time before, if it is compared.
 * @param range undefined for all time
 * @param minPeople that countries must have to be named
 * @throws Problem `range_too_long` when more than 50,000 roll-ups would have to be summed
 */
export async function readStats(
  db: mongo.Db,
  imageId: string,
  range?: Range,
  minPeople = DEFAULT_MIN_PEOPLE,
): Promise<Stats> {
  const settlement = await readSettlement(db, imageId)
  const reads = new BoundedReads(db)
  const tally = new Tally(range)
  for await (const rollup of reads.find(rollupsOf(imageId, range?.ranges ?? ALL_TIME))) tally.add(rollup)
  const stats = { ...tally.stats(minPeople), ...settlement }
  if (!range || range.before === undefined) return stats
  const before = range.before && beforeOf(range.before, await readSum(reads, imageId, range.before))
  return { ...stats, before }
}

async function readSum(reads: BoundedReads, imageId: string, { ranges }: Span): Promise<Sum> {
  const sum = new Sum()
  for await (const rollup of reads.find(rollupsOf(imageId, ranges))) sum.add(rollup)
  return sum
}

/** Returns the numbers of the time before. */
export function beforeOf({ from, to }: Span, sum: Sum): Before {
  return { from, to, totals: blockOf(sum) }
}

/** Reads roll-ups, at most 50,000 for an answer. */
export class BoundedReads {
  readonly #db: mongo.Db
  #count = 0

  constructor(db: mongo.Db) {
    this.#db = db
  }

  /** Yields the roll-ups that match. @throws Problem `range_too_long` */
  async *find(filter: mongo.Document): AsyncGenerator<Rollup> {
    for await (const rollup of rollups(this.#db).find(filter, { batchSize: BATCH_SIZE })) {
      if (++this.#count > MAX_ROLLUPS)
        throw new Problem('range_too_long', { detail: `more than ${MAX_ROLLUPS} roll-ups` })
      yield rollup
    }
  }
}

/** Adds up the roll-ups of a range: by interval, and as a whole. */
export class Tally {
  readonly #range: Range | undefined
  readonly #starts: Date[]
  readonly #points: Sum[]
  readonly #whole = new Sum()
  readonly #addsPoints: boolean
  #asOf: Date | null = null

  /** @param images their number; the site is one */
  constructor(range: Range | undefined, images = 1) {
    this.#range = range
    this.#starts = range?.boundaries.slice(0, -1) ?? []
    this.#points = this.#starts.map(() => new Sum())
    // Where a point has many roll-ups, it is cheaper to add the points.
    this.#addsPoints = range !== undefined && (images > 1 || range.ranges.some(({ grain }) => grain !== range.interval))
  }

  add(rollup: Rollup): void {
    this.#points[indexAt(this.#starts, rollup._id.start ?? new Date(0))]?.add(rollup)
    if (!this.#addsPoints) this.#whole.add(rollup)
    if (this.#asOf === null || rollup.asOf > this.#asOf) this.#asOf = rollup.asOf
  }

  /** Returns the numbers, once all roll-ups are added. @param minPeople that countries must have to be named */
  stats(minPeople: number): Omit<Stats, 'settledTo' | 'settled' | 'before'> {
    const { boundaries = [], zone = UTC } = this.#range ?? {}
    if (this.#addsPoints) for (const point of this.#points) this.#whole.add(point.parts())
    const series = this.#points.map((point, i) => {
      const start = this.#starts[i] ?? new Date(0)
      return { start, localStart: localText(start, zone), ...blockOf(point) }
    })
    const [from, to] = [boundaries[0] ?? null, boundaries.at(-1) ?? null]
    const [totals, countries] = [blockOf(this.#whole), countriesOf(this.#whole, minPeople)]
    return { from, to, asOf: this.#asOf, totals, countries, series }
  }
}

/** Reads the current counts of feedback on an image. */
export async function currentStats(db: mongo.Db, imageId: string): Promise<CurrentStats> {
  const rollup = await oneRollup(db, { imageId, grain: 'current', start: null })
  return currentStatsOf(rollup?.current)
}

/** Returns counts of feedback in the form of the API; zeros for undefined. */
export function currentStatsOf(counts: CurrentCounts = noCurrentCounts()): CurrentStats {
  const { likes, dislikes, saves, ratings, tags } = counts
  const { count, stars } = ratingsIn(ratings)
  const rating = { count, mean: count === 0 ? null : stars / count }
  return { likes, dislikes, likeRatio: likeRatio({ likes, dislikes }), saves, rating, tags }
}

/** Returns up to when events are counted for good. Read before the roll-ups: what is in them then is still in them later. */
export async function readSettlement(db: mongo.Db, imageId: string): Promise<Pick<Stats, 'settledTo' | 'settled'>> {
  const now = new Date()
  const pending = await pendingSince(db, imageId)
  return { settledTo: pending ?? now, settled: pending === undefined }
}

function oneRollup(db: mongo.Db, bucket: Bucket): Promise<Rollup | null> {
  return rollups(db).findOne({ _id: bucketId(bucket), imageId: bucket.imageId })
}
