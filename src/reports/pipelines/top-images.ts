import { Type } from '@fastify/type-provider-typebox'
import { EVENT_TYPES } from '../../events/event.ts'
import { SITE } from '../../events/marks/buckets.ts'
import { oneOf, Tag } from '../../http/schemas.ts'
import { tagKey } from '../../lib/tags.ts'
import { People } from '../../rollups/sketches/people.ts'
import { PRIORS } from '../../stats/block.ts'
import { indexAt } from '../../stats/calendar/intervals.ts'
import { rollupsIn } from '../../stats/covered-ranges.ts'
import { METRICS, type Metric } from '../../stats/rankings/metrics.ts'
import { isOpinion } from '../../stats/rankings/opinions.ts'
import { MAX_RANKED_BY_PEOPLE } from '../../stats/rankings/top-images.ts'
import { type Counted, countOf, countsIn, currentSums, sumsOfRollups, undrawnCounts } from '../count-columns.ts'
import { defineReport } from '../report.ts'
import { bucketsIn, CURRENT_BUCKETS, type Period, rangesIn, startsIn, type TimeRule } from '../report-period.ts'

/** The ranking is cut to this length before deleted images are left out. */
const MAX_RANKED = 10_000
const STARS = [1, 2, 3, 4, 5]
const TIME: TimeRule = { by: 'sums', since: '7d', hasSeries: true }

interface Found extends Counted {
  _id: string
  value: number
  totalMs: number
  dwells: number
  points: { start: Date; views?: number; people?: Uint8Array }[]
}

/** Ranks images by a metric. Numbers of people can not be summed, so the 500 images with the most events are ranked by people. */
export const topImages = defineReport({
  name: 'top-images',
  question: 'Which images rank highest by a metric?',
  cost: 'Reads one roll-up for each image and hour, day or month of the period, and those of the listed images a second time.',
  collection: 'rollups',
  time: TIME,
  params: {
    metric: Type.Unsafe<Metric>({
      ...oneOf(METRICS),
      default: 'view',
      description: 'metric that images are ranked by',
    }),
    tag: Type.Optional(Type.Unsafe<string>({ ...Tag, description: 'only public images with this tag' })),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 20, description: 'maximum number of images' }),
  },
  columns: [
    { name: 'imageId', kind: 'image', about: 'the image' },
    { name: 'title', kind: 'title', of: 'imageId', about: 'its title' },
    {
      name: 'value',
      kind: 'number',
      drawn: true,
      about:
        'value of the metric: a count, milliseconds, stars (1 to 5) or a share; rates are smoothed as in the stats. ' +
        'currentLikes, currentDislikes, currentSaves, likeRatio and meanRating are of now, not of the period',
    },
    ...undrawnCounts,
    { name: 'people', kind: 'count', about: 'number of distinct people; exact up to 256, otherwise within 3 %' },
    { name: 'meanDwellMs', kind: 'ms', about: 'mean dwell time' },
    { name: 'trend', kind: 'series', about: 'views in each hour, day or month of the period' },
  ],
  pipeline: ({ metric, tag, limit, ...period }) => [
    { $match: { ...bucketsFor(metric, period), imageId: { $ne: SITE } } },
    { $group: { _id: '$imageId', ...sumsOfRollups, ...sumsFor(metric), ...dwellSums } },
    { $addFields: { value: ranking(metric) } },
    { $match: { value: { $gt: 0 } } },
    { $sort: { value: -1, _id: 1 } },
    { $limit: MAX_RANKED },
    { $lookup: { from: 'images', localField: '_id', foreignField: '_id', as: 'image' } },
    {
      $match:
        tag === undefined
          ? { 'image.0': { $exists: true } }
          : { 'image.tagKeys': tagKey(tag), 'image.visibility': 'public' },
    },
    { $limit: metric === 'people' ? MAX_RANKED_BY_PEOPLE : limit },
    { $project: { image: 0 } },
    {
      $lookup: {
        from: 'rollups',
        localField: '_id',
        foreignField: 'imageId',
        pipeline: [
          { $match: rollupsIn(rangesIn(TIME, period)) },
          { $project: { _id: 0, start: '$_id.start', views: '$counts.view', people: 1 } },
        ],
        as: 'points',
      },
    },
  ],
  finish: (rows: Found[], { metric, ...period }) => {
    const starts = startsIn(period)
    const finished = rows.map(({ _id, points, value, totalMs, dwells, ...sums }) => {
      const people = peopleIn(points)
      return {
        imageId: _id,
        value: metric === 'people' ? people : value,
        ...countsIn(sums),
        people,
        meanDwellMs: dwells > 0 ? Math.round(totalMs / dwells) : null,
        trend: trendOf(points, starts),
      }
    })
    return finished.sort((a, b) => b.value - a.value || (a.imageId < b.imageId ? -1 : 1))
  },
})

/** Returns a filter for the roll-ups of the period, and for the current counts when the metric needs them. */
function bucketsFor(metric: Metric, period: Period) {
  return isOpinion(metric) ? { $or: [bucketsIn(period), CURRENT_BUCKETS] } : bucketsIn(period)
}

const dwellSums = { totalMs: { $sum: '$dwell.totalMs' }, dwells: countOf('dwell') }

/** Returns the further sums that a metric needs. */
function sumsFor(metric: Metric): Record<string, object> {
  switch (metric) {
    case 'people':
      return { events: { $sum: { $add: EVENT_TYPES.map(type => ({ $ifNull: [`$counts.${type}`, 0] })) } } }
    case 'meanRating':
      return Object.fromEntries(
        STARS.map(star => [`star${star}`, { $sum: { $arrayElemAt: ['$current.ratings', star - 1] } }]),
      )
    case 'likeRatio':
    case 'currentLikes':
    case 'currentDislikes':
    case 'currentSaves':
      return currentSums
    case 'dwellMs':
    case 'ctr':
      return {}
    default:
      return { metricCount: countOf(metric) }
  }
}

function ranking(metric: Metric): unknown {
  const { CLICKS, LIKES, RATINGS } = PRIORS
  switch (metric) {
    case 'people':
      return '$events'
    case 'dwellMs':
      return '$totalMs'
    case 'meanRating': {
      const stars = { $add: STARS.map(star => ({ $multiply: [star, `$star${star}`] })) }
      return smoothed(stars, { $add: STARS.map(star => `$star${star}`) }, { hits: RATINGS.stars, tries: RATINGS.count })
    }
    case 'ctr':
      return { $min: [1, smoothed('$clicks', '$impressions', CLICKS)] }
    case 'likeRatio':
      return smoothed('$currentLikes', { $add: ['$currentLikes', '$currentDislikes'] }, LIKES)
    case 'currentLikes':
    case 'currentDislikes':
    case 'currentSaves':
      return `$${metric}`
    default:
      return '$metricCount'
  }
}

/** Returns the expression for a share, smoothed as in the stats; null without tries. */
function smoothed(hits: unknown, tries: unknown, prior: { hits: number; tries: number }) {
  const share = { $divide: [{ $add: [hits, prior.hits] }, { $add: [tries, prior.tries] }] }
  return { $cond: [{ $eq: [tries, 0] }, null, share] }
}

/** Returns the views between these starts. */
function trendOf(points: Found['points'], starts: Date[]): number[] {
  const views = starts.map(() => 0)
  for (const point of points) {
    const i = indexAt(starts, point.start)
    if (i >= 0) views[i] = (views[i] ?? 0) + (point.views ?? 0)
  }
  return views
}

function peopleIn(points: Found['points']): number {
  const people = new People()
  for (const point of points) if (point.people) people.merge(point.people)
  return people.count().value
}
