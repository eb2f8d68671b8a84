import type { mongo } from 'mongoose'
import type { EventType } from '../../events/event.ts'
import { SITE, startOf } from '../../events/marks/buckets.ts'
import { rollups } from '../../rollups/rollup.ts'
import { rangesBetween, rangesSince, rollupsIn } from '../covered-ranges.ts'
import { firstListed, type Listed, type Ranked, TopItems } from './ranking.ts'

const HOUR = 3_600_000
/** What is compared: the last hours, from a full one on, with the days before. */
const RECENT = 3 * HOUR
const PAST = 7 * 24 * HOUR
/** So much interest is added to both sides: few events say little. */
const PRIOR = 10

/** What somebody does because an image is of interest; impressions are the app's doing. */
const INTEREST: EventType[] = ['view', 'click', 'download', 'share', 'like', 'save', 'comment']

interface TrendingItem extends Ranked {
  /** Events of interest in the last hours, and how many there would have been by the days before. */
  recent: number
  expected: number
}

export interface Trending {
  from: Date
  asOf: Date
  items: TrendingItem[]
}

interface Row {
  _id: string
  recent: number
  past: number
}

/**
 * Images that are of more interest than they were, of those that may be listed: what the last three to four hours brought against
 * what the same time brought on the average of the seven days before, ten added to both.
 */
export async function trendingImages(db: mongo.Db, listed: Listed): Promise<Trending> {
  const asOf = new Date()
  const from = startOf('hour', new Date(asOf.getTime() - RECENT))
  const share = (asOf.getTime() - from.getTime()) / PAST
  const ranges = [...rangesBetween(new Date(from.getTime() - PAST), from), ...rangesSince(from)]
  const interest = { $sum: INTEREST.map(type => `$counts.${type}`) }
  const isRecent = { $gte: ['$_id.start', from] }
  const group = {
    _id: '$imageId',
    recent: { $sum: { $cond: [isRecent, interest, 0] } },
    past: { $sum: { $cond: [isRecent, 0, interest] } },
  }
  const pipeline = [{ $match: rollupsIn(ranges) }, { $group: group }, { $match: { recent: { $gt: 0 } } }]
  const best = new TopItems<TrendingItem>()
  for await (const { _id, recent, past } of rollups(db).aggregate<Row>(pipeline)) {
    const expected = past * share
    if (_id !== SITE && recent > expected)
      best.add({ imageId: _id, value: (recent + PRIOR) / (expected + PRIOR), recent, expected })
  }
  return { from, asOf, items: await firstListed(best.inOrder(), listed) }
}
