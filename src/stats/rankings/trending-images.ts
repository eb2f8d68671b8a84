import type { mongo } from 'mongoose'
import type { EventType } from '../../events/event.ts'
import { SITE, startOf } from '../../events/marks/buckets.ts'
import { FEEDBACK } from '../../feedback/feedback.ts'
import { rollups } from '../../rollups/rollup.ts'
import { rangesBetween, rangesSince, rollupsIn } from '../covered-ranges.ts'
import { given } from './opinions.ts'
import { firstListed, type Listed, type Ranked, TopItems } from './ranking.ts'

const HOUR_MS = 3_600_000
/** The recent time, rounded down to a full hour, is compared with the time before it. */
const RECENT_MS = 3 * HOUR_MS
const PAST_MS = 7 * 24 * HOUR_MS
/** Added to both sides (additive smoothing), so that a few events do not make a trend. */
const PRIOR = 10

/**
 * Events that show interest in an image. Impressions are not among them: the app causes those. Likes and saves are not either: they
 * count once a person, while they stand, since one person can send any number of such events.
 */
const INTEREST: EventType[] = ['view', 'click', 'download', 'share', 'comment']

interface TrendingItem extends Ranked {
  /** Events of interest, and people who like or save, in the recent time, and their number expected from the days before. */
  recent: number
  expected: number
}

/** A ranking of trending images. */
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
 * Ranks public images by the increase of interest: the events of interest and the new likes and saves of the last three to four
 * hours, divided by the number expected for that time from the seven days before, after adding ten to both.
 */
export async function trendingImages(db: mongo.Db, listed: Listed): Promise<Trending> {
  const asOf = new Date()
  const from = startOf('hour', new Date(asOf.getTime() - RECENT_MS))
  const share = (asOf.getTime() - from.getTime()) / PAST_MS
  const ranges = [...rangesBetween(new Date(from.getTime() - PAST_MS), from), ...rangesSince(from)]
  const interest = { $sum: INTEREST.map(type => `$counts.${type}`) }
  const isRecent = { $gte: ['$_id.start', from] }
  const group = {
    _id: '$imageId',
    recent: { $sum: { $cond: [isRecent, interest, 0] } },
    past: { $sum: { $cond: [isRecent, 0, interest] } },
  }
  const pipeline = [{ $match: rollupsIn(ranges) }, { $group: group }]
  const opinions = await readOpinions(from, db)
  const best = new TopItems<TrendingItem>()
  const add = ({ _id, recent, past }: Row) => {
    const expected = past * share
    if (_id !== SITE && recent > expected)
      best.add({ imageId: _id, value: (recent + PRIOR) / (expected + PRIOR), recent, expected })
  }
  for await (const row of rollups(db).aggregate<Row>(pipeline)) {
    const { recent = 0, past = 0 } = opinions.get(row._id) ?? {}
    opinions.delete(row._id)
    add({ _id: row._id, recent: row.recent + recent, past: row.past + past })
  }
  for (const row of opinions.values()) add(row)
  return { from, asOf, items: await firstListed(best.inOrder(), listed) }
}

/** Counts the likes and saves that stand now, by image and by when they were given. */
async function readOpinions(from: Date, db: mongo.Db): Promise<Map<string, Row>> {
  const begin = new Date(from.getTime() - PAST_MS)
  const sum = (...time: [Date, Date?]) => ({
    $sum: { $add: [given('reaction', 'like', ...time), given('saved', true, ...time)] },
  })
  const pipeline = [
    { $match: { updatedAt: { $gte: begin } } },
    { $group: { _id: '$imageId', recent: sum(from), past: sum(begin, from) } },
  ]
  const rows = await db.collection(FEEDBACK).aggregate<Row>(pipeline).toArray()
  return new Map(rows.map(row => [row._id, row]))
}
