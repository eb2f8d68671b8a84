import type { mongo } from 'mongoose'
import { endOf, type Span, startOf } from '../events/grains.ts'

/** From the widest: what a stretch of time is put together from. */
const GRAINS = ['month', 'day', 'hour', 'minute'] as const
type Piece = (typeof GRAINS)[number]

/** Buckets of one grain in a row; all time is the one total. */
export interface Stretch {
  grain: Span
  from: Date | null
  to: Date | null
}

export const ALL_TIME: Stretch[] = [{ grain: 'total', from: null, to: null }]

/**
 * The fewest buckets that make up a time, each part of it once: wide ones where they fit, narrower ones at its ends.
 * @param from @param to whole minutes
 */
export function stretchesBetween(from: Date, to: Date): Stretch[] {
  const stretches: Stretch[] = []
  let at = from
  while (at < to) {
    const grain = widestAt(at, to)
    const end = endOf(grain, at)
    const last = stretches.at(-1)
    if (last?.grain === grain) last.to = end
    else stretches.push({ grain, from: at, to: end })
    at = end
  }
  return stretches
}

/** As between, with no end: the open buckets count too. */
export function stretchesSince(from: Date): Stretch[] {
  return stretchesBetween(from, endOf('month', startOf('month', new Date())))
}

/** The rollups in these stretches, of all images and of the site, by the index of grain and start. */
export function rollupsIn(stretches: Stretch[]): mongo.Document {
  const branches = stretches.map(({ grain, from, to }) => ({
    '_id.grain': grain,
    '_id.start': from === null ? null : { $gte: from, $lt: to },
  }))
  return { $or: branches }
}

function widestAt(at: Date, to: Date): Piece {
  const fits = (grain: Piece) => startOf(grain, at).getTime() === at.getTime() && endOf(grain, at) <= to
  return GRAINS.find(fits) ?? 'minute'
}
