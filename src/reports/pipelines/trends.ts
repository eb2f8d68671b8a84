import { Type } from '@fastify/type-provider-typebox'
import { SITE } from '../../events/marks/buckets.ts'
import { Id, oneOf } from '../../http/schemas.ts'
import { type Interval, indexAt } from '../../stats/calendar/intervals.ts'
import { isoWeek, localTime } from '../../stats/calendar/local-text.ts'
import type { TimeZone } from '../../stats/calendar/time-zone.ts'
import { rollupsOf } from '../../stats/covered-ranges.ts'
import { type Counted, countColumns, countsIn, sumsOfRollups } from '../count-columns.ts'
import { defineReport } from '../report.ts'
import { rangesIn, startsIn, type TimeRule } from '../report-period.ts'

const HOUR_MS = 3_600_000
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const HOURS = Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, '0')}:00`)

const GROUPS = ['hour', 'weekday', 'day', 'week', 'month'] as const
type Group = (typeof GROUPS)[number]

const TIME: TimeRule = {
  by: 'series',
  since: '28d',
  intervalOf: ({ by }) => (by === 'weekday' ? 'hour' : (by as Interval)),
}

/** The counts of the roll-ups with one start. */
interface Found extends Counted {
  _id: Date
}

/** A row of the report: a name, and the counts and length of what has it. */
interface Trend {
  start: Date | null
  lengthMs: number
  counts: Counted
}

/** Counts events by hour of the day, by weekday, or of each day, week or month, with zeros where there are none. */
export const trends = defineReport({
  name: 'trends',
  question: 'At which hours of the day, on which weekdays, or on which days are people active?',
  cost: 'Reads one roll-up for each hour of the period, or fewer by day, week and month.',
  collection: 'rollups',
  time: TIME,
  params: {
    by: Type.Unsafe<Group>({
      ...oneOf(GROUPS),
      default: 'hour',
      description:
        'groups by hour of the day or by weekday, or has a row for each day, week (from Monday) or month, in `tz`',
    }),
    imageId: Type.String({ ...Id, default: SITE, description: 'id of an image, or all for the whole site' }),
  },
  columns: [
    { name: 'when', kind: 'text', about: 'hour of the day, weekday, day, week (ISO 8601) or month, in `tz`' },
    ...countColumns,
    {
      name: 'viewsPerHour',
      kind: 'number',
      about:
        'views divided by the number of hours of the period in this row, those to come in the last day, week or month included',
    },
    {
      name: 'start',
      kind: 'time',
      about: 'when the day, week or month begins; null for hours of the day and weekdays',
    },
  ],
  pipeline: ({ by: _, imageId, ...period }) => [
    { $match: rollupsOf(imageId, rangesIn(TIME, period)) },
    { $group: { _id: '$_id.start', ...sumsOfRollups } },
  ],
  finish: (rows: Found[], { by, imageId: _, ...period }) => {
    const starts = startsIn(period)
    const byName = namedTrends(by)
    const trends = starts.map((start, i) => {
      const name = nameOf(by, start, period.zone)
      const trend = byName.get(name) ?? emptyTrend(start)
      trend.lengthMs += Number(starts[i + 1] ?? period.to) - Number(start)
      byName.set(name, trend)
      return trend
    })
    for (const row of rows) addCounts(trends[indexAt(starts, row._id)]?.counts, countsIn({ ...row }))
    return [...byName].map(([when, { start, lengthMs, counts }]) => {
      const viewsPerHour = lengthMs > 0 ? counts.views / (lengthMs / HOUR_MS) : null
      return { when, ...counts, viewsPerHour, start }
    })
  },
})

/** Returns the rows that there always are, by name. */
function namedTrends(by: Group): Map<string, Trend> {
  const names = by === 'hour' ? HOURS : by === 'weekday' ? WEEKDAYS : []
  return new Map(names.map(name => [name, emptyTrend(null)]))
}

function emptyTrend(start: Date | null): Trend {
  return { start, lengthMs: 0, counts: countsIn(undefined) }
}

function addCounts(to: Counted | undefined, counts: Counted): void {
  for (const name of Object.keys(counts) as (keyof Counted)[]) if (to) to[name] += counts[name]
}

/** Returns the name of the row that an hour, day, week or month belongs to. */
function nameOf(by: Group, start: Date, zone: TimeZone): string {
  const local = localTime(start, zone)
  switch (by) {
    case 'hour':
      return `${local.slice(11, 13)}:00`
    case 'weekday':
      return WEEKDAYS[(new Date(zone.localAt(start.getTime())).getUTCDay() + 6) % 7] ?? ''
    case 'day':
      return local.slice(0, 10)
    case 'week':
      return isoWeek(start, zone)
    case 'month':
      return local.slice(0, 7)
  }
}
