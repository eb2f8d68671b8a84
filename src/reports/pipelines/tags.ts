import { SITE } from '../../events/marks/buckets.ts'
import { clickRate, likeRatio } from '../../stats/block.ts'
import { type Counted, countColumns, countsIn, currentSums, sumsOfRollups, sumsOfSums } from '../count-columns.ts'
import { defineReport, limitParam } from '../report.ts'
import { bucketsIn, CURRENT_BUCKETS } from '../report-period.ts'

interface Found extends Counted {
  _id: string
  tag: string
  images: number
  currentLikes: number
  currentDislikes: number
}

const spelling = { $arrayElemAt: ['$image.tags', '$place'] }
const isInPeriod = { $cond: [{ $eq: ['$_id.grain', 'current'] }, 0, 1] }
const sumsOfCurrentSums = {
  currentLikes: { $sum: '$currentLikes' },
  currentDislikes: { $sum: '$currentDislikes' },
}

/** Counts events by the tags of public images. An image with several tags counts for each of them. */
export const tags = defineReport({
  name: 'tags',
  question: 'Which tags have the most views?',
  cost: 'Reads one roll-up for each image and hour, day or month of the period, and looks up each image.',
  collection: 'rollups',
  time: { by: 'sums', since: '7d' },
  params: { limit: limitParam(50) },
  columns: [
    { name: 'tag', kind: 'text', about: 'tag of the images; tags that differ in case only are the same' },
    { name: 'images', kind: 'count', about: 'number of public images with the tag that have roll-ups in the period' },
    ...countColumns,
    { name: 'viewsPerImage', kind: 'number', about: 'views divided by images' },
    { name: 'ctr', kind: 'share', about: 'click-through rate, smoothed as in the stats' },
    {
      name: 'likeRatio',
      kind: 'share',
      about: 'share of likes among the likes and dislikes that stand now, smoothed as in the stats',
    },
  ],
  pipeline: ({ limit, ...period }) => [
    { $match: { $or: [bucketsIn(period), CURRENT_BUCKETS], imageId: { $ne: SITE } } },
    { $group: { _id: '$imageId', ...sumsOfRollups, ...currentSums, buckets: { $sum: isInPeriod } } },
    { $match: { buckets: { $gt: 0 } } },
    { $lookup: { from: 'images', localField: '_id', foreignField: '_id', as: 'image' } },
    { $unwind: '$image' },
    { $match: { 'image.visibility': 'public' } },
    { $unwind: { path: '$image.tagKeys', includeArrayIndex: 'place' } },
    {
      $group: {
        _id: '$image.tagKeys',
        tag: { $min: spelling },
        images: { $sum: 1 },
        ...sumsOfSums,
        ...sumsOfCurrentSums,
      },
    },
    { $sort: { views: -1, _id: 1 } },
    { $limit: limit },
  ],
  finish: (rows: Found[]) =>
    rows.map(({ _id, tag, images, currentLikes, currentDislikes, ...sums }) => {
      const counts = countsIn({ ...sums })
      return {
        tag,
        images,
        ...counts,
        viewsPerImage: counts.views / images,
        ctr: clickRate({ click: counts.clicks, impression: counts.impressions }),
        likeRatio: likeRatio({ likes: currentLikes, dislikes: currentDislikes }),
      }
    }),
})
