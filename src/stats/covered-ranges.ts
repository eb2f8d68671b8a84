import type { mongo } from 'mongoose'
import { endOf, startOf, type TimeGrain } from '../events/marks/buckets.ts'

/** The grains that cover a range of time, the longest first. */
const GRAINS = ['month', 'day', 'hour', 'minute'] as const
type CoveringGrain = (typeof GRAINS)[number]

/** Consecutive buckets of one grain; for all time the total. */
export interface BucketRange {
  grain: TimeGrain
  from: Date | null
  to: Date | null
}

export const ALL_TIME: BucketRange[] = [{ grain: 'total', from: null, to: null }]

/**
 * Returns the fewest buckets that cover a range without overlap: long grains where they fit, shorter ones at its ends.
 * @param from a whole minute
 * @param to a whole minute
 */
export function rangesBetween(from: Date, to: Date): BucketRange[] {
  const ranges: BucketRange[] = []
  let at = from
  while (at < to) {
    const grain = longestGrainAt(at, to)
    const end = endOf(grain, at)
    const last = ranges.at(-1)
    if (last?.grain === grain) last.to = end
    else ranges.push({ grain, from: at, to: end })
    at = end
  }
  return ranges
}

/** Returns the buckets that cover the time since `from`, the unfinished ones included. */
export function rangesSince(from: Date): BucketRange[] {
  return rangesBetween(from, endOf('month', startOf('month', new Date())))
}

/** Returns a filter for the roll-ups in these ranges, of all images and the site. It uses the index of grain and start. */
export function rollupsIn(ranges: BucketRange[]): mongo.Document {
  const branches = ranges.map(({ grain, from, to }) => ({
    '_id.grain': grain,
    '_id.start': from === null ? null : { $gte: from, $lt: to },
  }))
  return { $or: branches }
}

function longestGrainAt(at: Date, to: Date): CoveringGrain {
  const fits = (grain: CoveringGrain) => startOf(grain, at).getTime() === at.getTime() && endOf(grain, at) <= to
  return GRAINS.find(fits) ?? 'minute'
}
