import { localExpression } from '../../stats/calendar/local-expression.ts'
import { type Counted, countsIn, sumsOfEvents, sumsOfSums, undrawnCounts } from '../count-columns.ts'
import { defineReport, limitParam } from '../report.ts'

interface Found extends Counted {
  _id: string
  events: number
  activeDays: number
  firstAt: Date
  lastAt: Date
}

/** Lists the most active people, as pseudonyms. */
export const people = defineReport({
  name: 'people',
  question: 'Who are the most active people, and what do they do?',
  cost: 'Reads all events of the period, and groups them by person and day.',
  collection: 'events',
  time: { by: 'log', since: '7d' },
  params: { limit: limitParam() },
  columns: [
    { name: 'person', kind: 'person', about: 'pseudonym; the same person always has the same one' },
    { name: 'events', kind: 'count', about: 'events of all types', drawn: true },
    ...undrawnCounts,
    { name: 'activeDays', kind: 'count', about: 'number of days with events, in `tz`' },
    { name: 'firstAt', kind: 'time', about: 'time of the first event in the period' },
    { name: 'lastAt', kind: 'time', about: 'time of the last event in the period' },
  ],
  pipeline: ({ limit, ...period }) => [
    { $match: { at: { $gte: period.from, $lt: period.to } } },
    {
      $group: {
        _id: { person: '$person', day: { $dateTrunc: { date: localExpression('$at', period), unit: 'day' } } },
        events: { $sum: 1 },
        ...sumsOfEvents,
        firstAt: { $min: '$at' },
        lastAt: { $max: '$at' },
      },
    },
    {
      $group: {
        _id: '$_id.person',
        events: { $sum: '$events' },
        ...sumsOfSums,
        activeDays: { $sum: 1 },
        firstAt: { $min: '$firstAt' },
        lastAt: { $max: '$lastAt' },
      },
    },
    { $sort: { events: -1, _id: 1 } },
    { $limit: limit },
  ],
  finish: (rows: Found[]) =>
    rows.map(({ _id, events, activeDays, firstAt, lastAt, ...sums }) => {
      return { person: _id, events, ...countsIn({ ...sums }), activeDays, firstAt, lastAt }
    }),
})
