import type { mongo } from 'mongoose'
import { endOf, startOf, type TimeGrain } from '../events/marks/buckets.ts'

/** From the widest: what a stretch of time is put together from. */
const GRAINS = ['month', 'day', 'hour', 'minute'] as const
type Piece = (typeof GRAINS)[number]

/** Buckets of one grain in a row; all time is the one total. */
export interface BucketRange {
  grain: TimeGrain
  from: Date | null
  to: Date | null
}

export const ALL_TIME: BucketRange[] = [{ grain: 'total', from: null, to: null }]

/**
 * The fewest buckets that make up a time, each part of it once: wide ones where they fit, narrower ones at its ends.
 * @param from @param to whole minutes
 */
export function rangesBetween(from: Date, to: Date): BucketRange[] {
  const ranges: BucketRange[] = []
  let at = from
  while (at < to) {
    const grain = widestAt(at, to)
    const end = endOf(grain, at)
    const last = ranges.at(-1)
    if (last?.grain === grain) last.to = end
    else ranges.push({ grain, from: at, to: end })
    at = end
  }
  return ranges
}

/** As between, with no end: the open buckets count too. */
export function rangesSince(from: Date): BucketRange[] {
  return rangesBetween(from, endOf('month', startOf('month', new Date())))
}

/** The rollups in these stretches, of all images and of the site, by the index of grain and start. */
export function rollupsIn(ranges: BucketRange[]): mongo.Document {
  const branches = ranges.map(({ grain, from, to }) => ({
    '_id.grain': grain,
    '_id.start': from === null ? null : { $gte: from, $lt: to },
  }))
  return { $or: branches }
}

function widestAt(at: Date, to: Date): Piece {
  const fits = (grain: Piece) => startOf(grain, at).getTime() === at.getTime() && endOf(grain, at) <= to
  return GRAINS.find(fits) ?? 'minute'
}
