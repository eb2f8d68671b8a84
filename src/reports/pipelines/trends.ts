import { Type } from '@fastify/type-provider-typebox'
import { SITE } from '../../events/marks/buckets.ts'
import { Id, oneOf } from '../../http/schemas.ts'
import { type Counted, countColumns, countsIn, sumsOfRollups } from '../count-columns.ts'
import { defineReport } from '../report.ts'
import { bucketsIn, startsIn } from '../report-period.ts'

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const HOURS = Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, '0')}:00`)

interface Found extends Counted {
  _id: number
}

/** Counts events by hour of the day or by weekday, in UTC, with zeros where there are none. */
export const trends = defineReport({
  name: 'trends',
  question: 'At which hours of the day, or on which weekdays, are people active?',
  cost: 'Reads one roll-up for each hour of the period.',
  collection: 'rollups',
  time: { by: 'hours', since: '28d' },
  params: {
    by: Type.Unsafe<'hour' | 'weekday'>({
      ...oneOf(['hour', 'weekday']),
      default: 'hour',
      description: 'groups by hour of the day or by weekday, in UTC',
    }),
    imageId: Type.String({ ...Id, default: SITE, description: 'id of an image, or all for the whole site' }),
  },
  columns: [
    { name: 'when', kind: 'text', about: 'hour of the day, or weekday, in UTC' },
    ...countColumns,
    {
      name: 'viewsPerHour',
      kind: 'number',
      about: 'views divided by the number of hours of the period at this hour of the day, or on this weekday',
    },
  ],
  pipeline: ({ by, imageId, ...period }) => [
    { $match: { imageId, ...bucketsIn(period) } },
    { $group: { _id: by === 'hour' ? { $hour: '$_id.start' } : { $isoDayOfWeek: '$_id.start' }, ...sumsOfRollups } },
    { $sort: { _id: 1 } },
  ],
  finish: (rows: Found[], { by, ...period }) => {
    const [names, first] = by === 'hour' ? [HOURS, 0] : [WEEKDAYS, 1]
    const found = new Map(rows.map(row => [row._id - first, row]))
    const hours = startsIn(period).map(start => (by === 'hour' ? start.getUTCHours() : (start.getUTCDay() + 6) % 7))
    return names.map((when, i) => {
      const counts = countsIn({ ...found.get(i) })
      const times = hours.filter(hour => hour === i).length
      return { when, ...counts, viewsPerHour: times > 0 ? counts.views / times : null }
    })
  },
})
