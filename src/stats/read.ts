import type { mongo } from 'mongoose'
import type { Retention } from '../config.ts'
import { fieldProblem, Problem } from '../errors.ts'
import { EVENT_TYPES, type EventType } from '../events/event.ts'
import { type Bucket, bucketId, endOf, startOf } from '../events/grains.ts'
import { noCurrentCounts } from '../feedback/current.ts'
import { addParts, nothing, type Parts } from './fold.ts'
import { type Rollup, rollups } from './rollup.ts'

export const INTERVALS = ['minute', 'hour', 'day'] as const
export type Interval = (typeof INTERVALS)[number]

const MOST_POINTS = 1500

export interface Block {
  counts: Record<EventType, number>
}

export interface ImageStats {
  imageId: string
  from: Date | null
  to: Date | null
  asOf: Date | null
  totals: Block
  series: ({ start: Date } & Block)[]
}

export interface CurrentStats {
  likes: number
  dislikes: number
  saves: number
  rating: { count: number; mean: number | null }
}

/** A stretch of time and the width of its points, snapped outwards to whole buckets. */
export interface Range {
  from: Date
  to: Date
  interval: Interval
}

/**
 * The range that was asked for, as it will be answered.
 * @throws Problem where it is empty, has too many points, or began before what is kept
 */
export function snappedRange(from: Date, to: Date, interval: Interval, retention: Retention): Range {
  if (to <= from) throw fieldProblem('/querystring/to', 'must be after from')
  const start = startOf(interval, from)
  const last = startOf(interval, to)
  const end = last < to ? endOf(interval, last) : last
  const kept = { minute: retention.minuteRollups, hour: retention.hourRollups, day: Number.POSITIVE_INFINITY }[interval]
  if (start.getTime() < Date.now() - kept) {
    throw new Problem('interval_expired', { detail: `${interval}s are kept for ${kept / 86_400_000} days` })
  }
  const width = endOf(interval, start).getTime() - start.getTime()
  const points = (end.getTime() - start.getTime()) / width
  if (points > MOST_POINTS) throw new Problem('range_too_long', { detail: `${points} points, at most ${MOST_POINTS}` })
  return { from: start, to: end, interval }
}

/** All time, from one rollup. */
export async function totalStats(db: mongo.Db, imageId: string): Promise<ImageStats> {
  const rollup = await oneRollup(db, { imageId, grain: 'total', start: null })
  const totals = blockOf(rollup ?? nothing())
  return { imageId, from: null, to: null, asOf: rollup?.asOf ?? null, totals, series: [] }
}

/** A range, from the rollups of its interval: a point for each, also where nothing happened. */
export async function rangeStats(db: mongo.Db, imageId: string, { from, to, interval }: Range): Promise<ImageStats> {
  const filter = { imageId, '_id.grain': interval, '_id.start': { $gte: from, $lt: to } }
  const found = new Map<number, Rollup>()
  for await (const rollup of rollups(db).find(filter)) found.set(rollup._id.start?.getTime() ?? 0, rollup)
  const sum = nothing()
  let asOf: Date | null = null
  const series: ImageStats['series'] = []
  for (let start = from; start < to; start = endOf(interval, start)) {
    const rollup = found.get(start.getTime())
    if (rollup) addParts(sum, rollup)
    if (rollup && (asOf === null || rollup.asOf > asOf)) asOf = rollup.asOf
    series.push({ start, ...blockOf(rollup ?? nothing()) })
  }
  return { imageId, from, to, asOf, totals: blockOf(sum), series }
}

/** What people think of the image now. */
export async function currentStats(db: mongo.Db, imageId: string): Promise<CurrentStats> {
  const rollup = await oneRollup(db, { imageId, grain: 'current', start: null })
  const { likes, dislikes, saves, ratings } = rollup?.current ?? noCurrentCounts()
  const count = ratings.reduce((sum, n) => sum + n, 0)
  const mean = count === 0 ? null : ratings.reduce((sum, n, i) => sum + n * (i + 1), 0) / count
  return { likes, dislikes, saves, rating: { count, mean } }
}

function oneRollup(db: mongo.Db, bucket: Bucket): Promise<Rollup | null> {
  return rollups(db).findOne({ _id: bucketId(bucket), imageId: bucket.imageId })
}

function blockOf({ counts }: Parts): Block {
  const all = EVENT_TYPES.map(type => [type, counts[type] ?? 0])
  return { counts: Object.fromEntries(all) as Record<EventType, number> }
}
