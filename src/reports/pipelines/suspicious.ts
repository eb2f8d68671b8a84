import { Type } from '@fastify/type-provider-typebox'
import { localExpression } from '../../stats/calendar/local-expression.ts'
import { eventsOf } from '../count-columns.ts'
import { defineReport, limitParam } from '../report.ts'

/** Fewer clicks are not suspicious. */
const MIN_CLICKS = 50

interface Found {
  _id: string
  events: number
  days: number
  peakPerMinute: number
  hoursADay: number
  clicks: number
  shown: number
}

/**
 * Lists people with bursts of events, with activity in many hours of one day, or with more clicks than impressions and views. These
 * are signs of automation, not a proof.
 */
export const suspicious = defineReport({
  name: 'suspicious',
  question: 'Which people show signs of automation?',
  cost: 'Reads all events of the period, and groups them by person and minute.',
  collection: 'events',
  time: { by: 'log', since: '7d' },
  params: {
    perMinute: Type.Integer({
      minimum: 2,
      maximum: 100_000,
      default: 60,
      description: 'minimum number of events in one minute that counts as a burst',
    }),
    hoursADay: Type.Integer({
      minimum: 2,
      maximum: 24,
      default: 20,
      description: 'minimum number of active hours in one day that counts as sleepless',
    }),
    limit: limitParam(),
  },
  columns: [
    { name: 'person', kind: 'person', about: 'pseudonym; the same person always has the same one' },
    {
      name: 'reasons',
      kind: 'text',
      about: `burst, sleepless, or blind clicks (at least ${MIN_CLICKS} clicks, and more clicks than impressions and views)`,
    },
    { name: 'events', kind: 'count', about: 'events of all types', drawn: true },
    { name: 'peakPerMinute', kind: 'count', about: 'maximum number of events in one minute' },
    { name: 'hoursADay', kind: 'count', about: 'maximum number of hours of the clock with events in one day, in `tz`' },
    { name: 'days', kind: 'count', about: 'number of days with events, in `tz`' },
    { name: 'clicks', kind: 'count', about: 'number of clicks' },
    { name: 'shown', kind: 'count', about: 'number of impressions and views' },
  ],
  pipeline: ({ perMinute, hoursADay, limit, ...period }) => {
    const trunc = (unit: string, date: unknown) => ({ $dateTrunc: { date, unit } })
    const sums = { events: { $sum: '$events' }, clicks: { $sum: '$clicks' }, shown: { $sum: '$shown' } }
    const counts = { events: { $sum: 1 }, clicks: eventsOf('click'), shown: eventsOf('impression', 'view') }
    const wider = (unit: string, start: unknown) => ({ person: '$_id.person', start: trunc(unit, start) })
    const isBlind = { $and: [{ $gte: ['$clicks', MIN_CLICKS] }, { $gt: ['$clicks', '$shown'] }] }
    return [
      { $match: { at: { $gte: period.from, $lt: period.to } } },
      { $group: { _id: { person: '$person', start: trunc('minute', '$at') }, ...counts } },
      { $group: { _id: wider('hour', localExpression('$_id.start', period)), ...sums, peak: { $max: '$events' } } },
      { $group: { _id: wider('day', '$_id.start'), ...sums, peak: { $max: '$peak' }, hours: { $sum: 1 } } },
      {
        $group: {
          _id: '$_id.person',
          ...sums,
          peakPerMinute: { $max: '$peak' },
          hoursADay: { $max: '$hours' },
          days: { $sum: 1 },
        },
      },
      {
        $match: {
          $or: [{ peakPerMinute: { $gte: perMinute } }, { hoursADay: { $gte: hoursADay } }, { $expr: isBlind }],
        },
      },
      { $sort: { events: -1, _id: 1 } },
      { $limit: limit },
    ]
  },
  finish: (rows: Found[], params) =>
    rows.map(({ _id, ...sums }) => {
      const reasons = [
        sums.peakPerMinute >= params.perMinute ? ['burst'] : [],
        sums.hoursADay >= params.hoursADay ? ['sleepless'] : [],
        sums.clicks >= MIN_CLICKS && sums.clicks > sums.shown ? ['blind clicks'] : [],
      ]
      return { person: _id, reasons: reasons.flat().join(', '), ...sums }
    }),
})
