import { Type } from '@fastify/type-provider-typebox'
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

/** Lists people with bursts of events, without sleep, or with more clicks than images shown. Signs of automation, no proof. */
export const suspicious = defineReport({
  name: 'suspicious',
  question: 'Who acts as no person does?',
  cost: 'Reads every event of the time, and groups them by person and minute.',
  collection: 'events',
  time: { by: 'log', since: '7d' },
  params: {
    perMinute: Type.Integer({
      minimum: 2,
      maximum: 100_000,
      default: 60,
      description: 'so many events in a minute are a burst',
    }),
    hoursADay: Type.Integer({
      minimum: 2,
      maximum: 24,
      default: 20,
      description: 'whoever is about in so many hours of one day does not sleep',
    }),
    limit: limitParam(),
  },
  columns: [
    { name: 'person', kind: 'person', about: 'a pseudonym: the same person always has the same one' },
    {
      name: 'reasons',
      kind: 'text',
      about: 'burst, sleepless, or blind clicks (50 or more, and more than it was shown images)',
    },
    { name: 'events', kind: 'count', about: 'events of all types', drawn: true },
    { name: 'peakPerMinute', kind: 'count', about: 'the most events in one minute' },
    { name: 'hoursADay', kind: 'count', about: 'the most hours of one day with any, in UTC' },
    { name: 'days', kind: 'count', about: 'days with any, in UTC' },
    { name: 'clicks', kind: 'count', about: 'clicks' },
    { name: 'shown', kind: 'count', about: 'impressions and views' },
  ],
  pipeline: ({ perMinute, hoursADay, limit, from, to }) => {
    const trunc = (unit: string, date: string) => ({ $dateTrunc: { date, unit } })
    const sums = { events: { $sum: '$events' }, clicks: { $sum: '$clicks' }, shown: { $sum: '$shown' } }
    const counts = { events: { $sum: 1 }, clicks: eventsOf('click'), shown: eventsOf('impression', 'view') }
    const wider = (unit: string) => ({ person: '$_id.person', start: trunc(unit, '$_id.start') })
    const isBlind = { $and: [{ $gte: ['$clicks', MIN_CLICKS] }, { $gt: ['$clicks', '$shown'] }] }
    return [
      { $match: { at: { $gte: from, $lt: to } } },
      { $group: { _id: { person: '$person', start: trunc('minute', '$at') }, ...counts } },
      { $group: { _id: wider('hour'), ...sums, peak: { $max: '$events' } } },
      { $group: { _id: wider('day'), ...sums, peak: { $max: '$peak' }, hours: { $sum: 1 } } },
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
