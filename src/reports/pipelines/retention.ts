import type { Column } from '../report.ts'
import { defineReport } from '../report.ts'

const WEEK = 7 * 86_400_000
/** Some weeks less than the log is kept by default. */
const MOST_WEEKS = 12

const weekColumns = Array.from(
  { length: MOST_WEEKS },
  (_, week): Column => ({
    name: `week${week}`,
    kind: 'share',
    about: week === 0 ? 'of them, those about in the week they signed up' : `of them, those about ${week} weeks later`,
  }),
)

/** People of a cohort: those about in a week, or, where the week is null, all who signed up. */
interface Found {
  _id: { cohort: number; week: number | null }
  people: number
}

/** Weeks are counted from the first Monday of the time: plain arithmetic that every server does alike. */
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
    const weekOf = (date: string) => ({ $floor: { $divide: [{ $subtract: [date, from] }, WEEK] } })
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
    const weeks = Math.round((to.getTime() - from.getTime()) / WEEK)
    const found = new Map(rows.map(({ _id, people }) => [`${_id.cohort} ${_id.week}`, people]))
    return Array.from({ length: weeks }, (_, cohort) => {
      const people = found.get(`${cohort} null`) ?? 0
      const shares = weekColumns.map(({ name }, week) => {
        const isOver = cohort + week >= weeks
        const share = (found.get(`${cohort} ${cohort + week}`) ?? 0) / people
        return [name, isOver || people === 0 ? null : share]
      })
      return { cohort: new Date(from.getTime() + cohort * WEEK), people, ...Object.fromEntries(shares) }
    })
  },
})
