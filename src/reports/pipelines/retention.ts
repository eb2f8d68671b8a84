import type { Column } from '../report.ts'
import { defineReport } from '../report.ts'

const WEEK_MS = 7 * 86_400_000
/** Slightly less than the default retention of the log. */
const MAX_WEEKS = 12

const weekColumns = Array.from(
  { length: MAX_WEEKS },
  (_, week): Column => ({
    name: `week${week}`,
    kind: 'share',
    about: week === 0 ? 'of them, those about in the week they signed up' : `of them, those about ${week} weeks later`,
  }),
)

/** Number of people of a cohort who were active in a week; all who signed up if the week is null. */
interface Found {
  _id: { cohort: number; week: number | null }
  people: number
}

/** Counts who of a cohort is active in each week. Weeks are computed from the first Monday of the period. */
export const retention = defineReport({
  name: 'retention',
  question: 'Of those who signed up in a week, how many are about in the weeks after it?',
  cost: 'Reads every event of the time, and looks up each account that has any.',
  collection: 'events',
  time: { by: 'weeks', since: '7w' },
  params: {},
  columns: [
    { name: 'cohort', kind: 'time', about: 'the Monday of the week of the sign-up, in UTC' },
    { name: 'people', kind: 'count', about: 'how many signed up', drawn: true },
    ...weekColumns,
  ],
  pipeline: ({ from, to }) => {
    const inTime = { $gte: from, $lt: to }
    const weekOf = (date: string) => ({ $floor: { $divide: [{ $subtract: [date, from] }, WEEK_MS] } })
    return [
      { $match: { at: inTime } },
      { $group: { _id: { person: '$person', week: weekOf('$at') } } },
      { $group: { _id: '$_id.person', weeks: { $push: '$_id.week' } } },
      { $lookup: { from: 'users', localField: '_id', foreignField: '_id', as: 'account' } },
      { $match: { 'account.createdAt': inTime } },
      { $unwind: '$account' },
      { $unwind: '$weeks' },
      { $group: { _id: { cohort: weekOf('$account.createdAt'), week: '$weeks' }, people: { $sum: 1 } } },
      {
        $unionWith: {
          coll: 'users',
          pipeline: [
            { $match: { createdAt: inTime } },
            { $group: { _id: { cohort: weekOf('$createdAt'), week: null }, people: { $sum: 1 } } },
          ],
        },
      },
    ]
  },
  finish: (rows: Found[], { from, to }) => {
    const weeks = Math.round((to.getTime() - from.getTime()) / WEEK_MS)
    const found = new Map(rows.map(({ _id, people }) => [`${_id.cohort} ${_id.week}`, people]))
    return Array.from({ length: weeks }, (_, cohort) => {
      const people = found.get(`${cohort} null`) ?? 0
      const shares = weekColumns.map(({ name }, week) => {
        const isOver = cohort + week >= weeks
        const share = (found.get(`${cohort} ${cohort + week}`) ?? 0) / people
        return [name, isOver || people === 0 ? null : share]
      })
      return { cohort: new Date(from.getTime() + cohort * WEEK_MS), people, ...Object.fromEntries(shares) }
    })
  },
})
