import type { mongo } from 'mongoose'
import { Problem } from '../errors.ts'
import { type Bucket, bucketId } from '../events/marks/buckets.ts'
import { pendingSince } from '../events/marks/marks.ts'
import { noCurrentCounts } from '../feedback/current-counts.ts'
import { Sum } from '../rollups/aggregation/sum.ts'
import { type Rollup, rollups } from '../rollups/rollup.ts'
import { type Block, blockOf, likeRatio, ratingsIn } from './block.ts'
import { indexAt } from './calendar/intervals.ts'
import { localText } from './calendar/local-text.ts'
import { type CountryCounts, countriesOf, DEFAULT_MIN_PEOPLE } from './countries.ts'
import { rollupsOf } from './covered-ranges.ts'
import type { Range } from './range.ts'

/** Bounds the work for a range. The site has minutes only as those of all images, in zones whose hours begin at half hours. */
const MAX_ROLLUPS = 50_000
/** Between batches the process serves other requests. */
const BATCH_SIZE = 500

/** Stats of an image or of the whole site. */
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
}

/** The numbers of an interval, and when it begins by the clocks of its zone. */
type Point = { start: Date; localStart: string } & Block

/** Current counts of feedback on an image. */
interface CurrentStats {
  likes: number
  dislikes: number
  likeRatio: number | null
  saves: number
  rating: { count: number; mean: number | null }
  tags: { tag: string; count: number }[]
}

/** Reads the stats of all time, from one roll-up. @param minPeople that countries must have to be named */
export async function totalStats(db: mongo.Db, imageId: string, minPeople = DEFAULT_MIN_PEOPLE): Promise<Stats> {
  const settlement = await readSettlement(db, imageId)
  const rollup = await oneRollup(db, { imageId, grain: 'total', start: null })
  const sum = new Sum(rollup ?? undefined)
  return {
    from: null,
    to: null,
    asOf: rollup?.asOf ?? null,
    ...settlement,
    ...totalsOf(sum, minPeople),
    series: [],
  }
}

/**
 * Reads the stats of a range, with a point for each interval, also without events.
 * @param minPeople that countries must have to be named
 * @throws Problem `range_too_long` when more than 50,000 roll-ups would have to be summed
 */
export async function rangeStats(
  db: mongo.Db,
  imageId: string,
  { interval, boundaries, ranges, zone }: Range,
  minPeople = DEFAULT_MIN_PEOPLE,
): Promise<Stats> {
  const settlement = await readSettlement(db, imageId)
  const starts = boundaries.slice(0, -1)
  const points = starts.map(() => new Sum())
  const whole = new Sum()
  // Where a point has many roll-ups, it is cheaper to add the points.
  const hasOneEach = ranges.every(({ grain }) => grain === interval)
  let asOf: Date | null = null
  let read = 0
  for await (const rollup of rollups(db).find(rollupsOf(imageId, ranges), { batchSize: BATCH_SIZE })) {
    if (++read > MAX_ROLLUPS) throw new Problem('range_too_long', { detail: `more than ${MAX_ROLLUPS} roll-ups` })
    points[indexAt(starts, rollup._id.start ?? new Date(0))]?.add(rollup)
    if (hasOneEach) whole.add(rollup)
    if (asOf === null || rollup.asOf > asOf) asOf = rollup.asOf
  }
  if (!hasOneEach) for (const point of points) whole.add(point.parts())
  const series = starts.map((start, i) => ({
    start,
    localStart: localText(start, zone),
    ...blockOf(points[i] ?? whole),
  }))
  const [from, to] = [boundaries[0] ?? null, boundaries.at(-1) ?? null]
  return { from, to, asOf, ...settlement, ...totalsOf(whole, minPeople), series }
}

/** Reads the current counts of feedback on an image. */
export async function currentStats(db: mongo.Db, imageId: string): Promise<CurrentStats> {
  const rollup = await oneRollup(db, { imageId, grain: 'current', start: null })
  const { likes, dislikes, saves, ratings, tags } = rollup?.current ?? noCurrentCounts()
  const { count, stars } = ratingsIn(ratings)
  const rating = { count, mean: count === 0 ? null : stars / count }
  return { likes, dislikes, likeRatio: likeRatio({ likes, dislikes }), saves, rating, tags }
}

/** Returns up to when events are counted for good. Read before the roll-ups: what is in them then is still in them later. */
async function readSettlement(db: mongo.Db, imageId: string): Promise<Pick<Stats, 'settledTo' | 'settled'>> {
  const now = new Date()
  const pending = await pendingSince(db, imageId)
  return { settledTo: pending ?? now, settled: pending === undefined }
}

function oneRollup(db: mongo.Db, bucket: Bucket): Promise<Rollup | null> {
  return rollups(db).findOne({ _id: bucketId(bucket), imageId: bucket.imageId })
}

function totalsOf(sum: Sum, minPeople: number): Pick<Stats, 'totals' | 'countries'> {
  return { totals: blockOf(sum), countries: countriesOf(sum, minPeople) }
}
