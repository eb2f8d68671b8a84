import type { mongo } from 'mongoose'
import { endOf, SITE, startOf, type TimeGrain } from '../events/marks/buckets.ts'

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
 * @param longest no longer grain is used
 */
export function rangesBetween(from: Date, to: Date, longest: CoveringGrain = 'month'): BucketRange[] {
  if (from >= to) return []
  const shorter = GRAINS[GRAINS.indexOf(longest) + 1]
  if (!shorter) return [{ grain: longest, from, to }]
  const begin = startOf(longest, from)
  const first = begin < from ? endOf(longest, begin) : from
  const last = startOf(longest, to)
  if (first >= last) return rangesBetween(from, to, shorter)
  const middle = { grain: longest, from: first, to: last }
  return [...rangesBetween(from, first, shorter), middle, ...rangesBetween(last, to, shorter)]
}

/** Returns buckets that cover the time between neighbouring boundaries each, so that none lies on both sides of a boundary. */
export function rangesWithin(boundaries: Date[]): BucketRange[] {
  const ranges: BucketRange[] = []
  for (const [i, to] of boundaries.slice(1).entries()) {
    for (const range of rangesBetween(boundaries[i] ?? to, to)) {
      const last = ranges.at(-1)
      if (last?.grain === range.grain) last.to = range.to
      else ranges.push({ ...range })
    }
  }
  return ranges
}

/** Returns the buckets that cover the time since `from`, the unfinished ones included. */
export function rangesSince(from: Date): BucketRange[] {
  return rangesBetween(from, endOf('month', startOf('month', new Date())))
}

/** Returns a filter for the roll-ups in these ranges, of all images and the site. It uses the index of grain and start. */
export function rollupsIn(ranges: BucketRange[]): mongo.Document {
  return anyOf(ranges.map(filterOf))
}

/** Returns a filter for the roll-ups of an image, some images or the site in these ranges. The site has no minutes: they are those of all images. */
export function rollupsOf(imageId: string | { $in: string[] }, ranges: BucketRange[]): mongo.Document {
  return anyOf(
    ranges.map(range => ({ ...(imageId === SITE && range.grain === 'minute' ? {} : { imageId }), ...filterOf(range) })),
  )
}

function filterOf({ grain, from, to }: BucketRange): mongo.Document {
  return { '_id.grain': grain, '_id.start': from === null ? null : { $gte: from, $lt: to } }
}

function anyOf(branches: mongo.Document[]): mongo.Document {
  return branches.length === 1 && branches[0] ? branches[0] : { $or: branches }
}
