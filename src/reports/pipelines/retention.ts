import { localExpression } from '../../stats/calendar/local-expression.ts'
import type { Column } from '../report.ts'
import { defineReport } from '../report.ts'
import { startsIn } from '../report-period.ts'

const WEEK_MS = 7 * 86_400_000
/** Slightly less than the default retention of the log. */
const MAX_WEEKS = 12

const weekColumns = Array.from(
  { length: MAX_WEEKS },
  (_, week): Column => ({
    name: `week${week}`,
    kind: 'share',
    about:
      week === 0
        ? 'share of the cohort that was active in the week of the sign-up'
        : `share of the cohort that was active in week ${week} after the week of the sign-up`,
  }),
)

/** Number of people of a cohort who were active in a week; all who signed up if the week is null. */
interface Found {
  _id: { cohort: number; week: number | null }
  people: number
}

/** Counts who of a cohort is active in each week. Weeks are counted from the first Monday of the period, by the local time. */
export const retention = defineReport({
  name: 'retention',
  question: 'Of the people who signed up in a week, how many are active in the following weeks?',
  cost: 'Reads all events of the period, and looks up each account with events.',
  collection: 'events',
  time: { by: 'weeks', since: '7w' },
  params: {},
  columns: [
    { name: 'cohort', kind: 'time', about: 'beginning of the week of the sign-up: Monday, in `tz`' },
    { name: 'people', kind: 'count', about: 'number of people who signed up', drawn: true },
    ...weekColumns,
  ],
  pipeline: period => {
    const { from, to, zone } = period
    const inPeriod = { $gte: from, $lt: to }
    const monday = new Date(zone.localAt(from.getTime()))
    const weekOf = (date: string) => ({
      $floor: { $divide: [{ $subtract: [localExpression(date, period), monday] }, WEEK_MS] },
    })
    return [
      { $match: { at: inPeriod } },
      { $group: { _id: { person: '$person', week: weekOf('$at') } } },
      { $group: { _id: '$_id.person', weeks: { $push: '$_id.week' } } },
      { $lookup: { from: 'users', localField: '_id', foreignField: '_id', as: 'account' } },
      { $match: { 'account.createdAt': inPeriod } },
      { $unwind: '$account' },
      { $unwind: '$weeks' },
      { $group: { _id: { cohort: weekOf('$account.createdAt'), week: '$weeks' }, people: { $sum: 1 } } },
      {
        $unionWith: {
          coll: 'users',
          pipeline: [
            { $match: { createdAt: inPeriod } },
            { $group: { _id: { cohort: weekOf('$createdAt'), week: null }, people: { $sum: 1 } } },
          ],
        },
      },
    ]
  },
  finish: (rows: Found[], period) => {
    const starts = startsIn(period)
    const found = new Map(rows.map(({ _id, people }) => [`${_id.cohort} ${_id.week}`, people]))
    return starts.map((start, cohort) => {
      const people = found.get(`${cohort} null`) ?? 0
      const shares = weekColumns.map(({ name }, week) => {
        const isAfterPeriod = cohort + week >= starts.length
        const share = (found.get(`${cohort} ${cohort + week}`) ?? 0) / people
        return [name, isAfterPeriod || people === 0 ? null : share]
      })
      return { cohort: start, people, ...Object.fromEntries(shares) }
    })
  },
})
