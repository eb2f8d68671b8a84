import { Type } from '@fastify/type-provider-typebox'
import { SITE } from '../../events/marks/buckets.ts'
import { type Counted, countsIn, sumsOfRollups } from '../count-columns.ts'
import { defineReport, limitParam } from '../report.ts'
import { bucketsIn } from '../report-period.ts'

const DAY_MS = 86_400_000

interface Found extends Counted {
  _id: string
  uploadedAt: Date
}

/** Lists images with few impressions. Images without events have no roll-ups, so roll-ups and images are combined. */
export const unseen = defineReport({
  name: 'unseen',
  question: 'Which images has nobody seen, or hardly anybody?',
  cost: 'Reads one rollup for each image and hour, day or month of the time, and every image.',
  collection: 'rollups',
  time: { by: 'sums', since: '30d' },
  params: {
    below: Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 10,
      description: 'images with fewer impressions are under-exposed',
    }),
    limit: limitParam(),
  },
  columns: [
    { name: 'imageId', kind: 'image', about: 'the image' },
    { name: 'title', kind: 'title', of: 'imageId', about: 'its title' },
    { name: 'state', kind: 'text', about: 'unseen: neither shown nor viewed; else under-exposed' },
    { name: 'uploadedAt', kind: 'time', about: 'since when it is there' },
    { name: 'impressions', kind: 'count', about: 'how often it was shown in the time', drawn: true },
    {
      name: 'perDay',
      kind: 'number',
      about: 'impressions for each day of the time that it was there; not for all time',
    },
    { name: 'views', kind: 'count', about: 'how often it was viewed' },
    { name: 'clicks', kind: 'count', about: 'how often it was clicked' },
    { name: 'likes', kind: 'count', about: 'how often it was liked: worth showing more' },
  ],
  pipeline: ({ below, limit, ...span }) => [
    { $match: { ...bucketsIn(span), imageId: { $ne: SITE } } },
    { $group: { _id: '$imageId', ...sumsOfRollups } },
    { $unionWith: { coll: 'images', pipeline: [{ $project: { uploadedAt: 1 } }] } },
    {
      $group: {
        _id: '$_id',
        uploadedAt: { $max: '$uploadedAt' },
        impressions: { $sum: '$impressions' },
        views: { $sum: '$views' },
        clicks: { $sum: '$clicks' },
        likes: { $sum: '$likes' },
      },
    },
    { $match: { uploadedAt: { $type: 'date', ...(span.grain === 'total' ? {} : { $lt: span.to }) } } },
    { $match: { impressions: { $lt: below } } },
    { $sort: { impressions: 1, views: 1, uploadedAt: 1, _id: 1 } },
    { $limit: limit },
  ],
  finish: (rows: Found[], { from, to }) =>
    rows.map(({ _id, uploadedAt, ...sums }) => {
      const { impressions, views, clicks, likes } = countsIn({ ...sums })
      const days = (to.getTime() - Math.max(from.getTime(), uploadedAt.getTime())) / DAY_MS
      const state = impressions + views === 0 ? 'unseen' : 'under-exposed'
      const perDay = days > 0 ? impressions / Math.max(1, days) : null
      return { imageId: _id, state, uploadedAt, impressions, perDay, views, clicks, likes }
    }),
})
