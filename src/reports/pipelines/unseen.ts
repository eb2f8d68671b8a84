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
  question: 'Which images have few impressions, or none?',
  cost: 'Reads one roll-up for each image and hour, day or month of the period, and every image.',
  collection: 'rollups',
  time: { by: 'sums', since: '30d' },
  params: {
    below: Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 10,
      description: 'only images with fewer impressions than this',
    }),
    limit: limitParam(),
  },
  columns: [
    { name: 'imageId', kind: 'image', about: 'the image' },
    { name: 'title', kind: 'title', of: 'imageId', about: 'its title' },
    { name: 'state', kind: 'text', about: 'unseen: neither impressions nor views; otherwise under-exposed' },
    { name: 'uploadedAt', kind: 'time', about: 'time of the upload' },
    { name: 'impressions', kind: 'count', about: 'number of impressions in the period', drawn: true },
    {
      name: 'perDay',
      kind: 'number',
      about: 'impressions per day of the period since the upload; null for all time',
    },
    { name: 'views', kind: 'count', about: 'number of views' },
    { name: 'clicks', kind: 'count', about: 'number of clicks' },
    { name: 'likes', kind: 'count', about: 'number of likes; an image with likes is worth showing more' },
  ],
  pipeline: ({ below, limit, ...period }) => [
    { $match: { ...bucketsIn(period), imageId: { $ne: SITE } } },
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
    { $match: { uploadedAt: { $type: 'date', ...(period.grain === 'total' ? {} : { $lt: period.to }) } } },
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
