/** Checks operators of expressions that the gateway of the embedded engine rewrites, by kind, against MongoDB's results. */
import mongoose from 'mongoose'
import t, { type Test } from 'tap'
import { codeOf } from '../../helpers/database/error-code.ts'
import { ownDatabase } from '../../helpers/database/mongodb.ts'

const { db } = await ownDatabase(t)
const { EJSON, ObjectId } = mongoose.mongo.BSON
const date = (text: string) => new Date(text)
const values = db.collection('values', { promoteValues: false })
await values.insertOne({
  at: date('2024-02-29T12:30:00Z'),
  nothing: null,
  text: 'x',
  unit: 'quarter',
  two: 2,
  zone: 'Europe/Zurich',
})

const evaluate = async (expression: unknown) =>
  (await values.aggregate([{ $project: { _id: 0, result: expression } }]).toArray())[0]?.result

/** Compares results with their BSON types. */
async function results(t: Test, rows: [expression: unknown, expected: unknown][]) {
  for (const [expression, expected] of rows) {
    const exact = (value: unknown) => EJSON.stringify({ value }, { relaxed: false })
    t.equal(exact(await evaluate(expression)), exact(expected), JSON.stringify(expression))
  }
}

async function refusals(t: Test, rows: [expression: unknown, code: number][]) {
  for (const [expression, code] of rows)
    t.equal(Number(await codeOf(evaluate(expression))), code, JSON.stringify(expression))
}

t.test('$dateTrunc by bins of several days and weeks', async t => {
  const at = date('2021-03-28T01:30:15.123Z')
  const truncated = (unit: string, binSize: unknown, options = {}) => ({
    $dateTrunc: { date: at, unit, binSize, ...options },
  })
  await results(t, [
    [truncated('day', 3), date('2021-03-26')],
    [truncated('day', 7), date('2021-03-27')],
    [truncated('week', 2), date('2021-03-28')],
    [truncated('month', 5), date('2020-11-01')],
    [truncated('month', '$two'), date('2021-03-01')],
    [truncated('$unit', 1), date('2021-01-01')],
    [truncated('week', 1, { startOfWeek: 'monday' }), date('2021-03-22')],
    [truncated('day', 1, { timezone: '$zone' }), date('2021-03-27T23:00:00Z')],
    [{ $dateTrunc: { date: date('1999-12-31T23:59:59.999Z'), unit: 'week', binSize: 1 } }, date('1999-12-26')],
    [{ $dateTrunc: { date: new ObjectId('65a000000000000000000001'), unit: 'week' } }, date('2024-01-07')],
    [truncated('week', '$nothing'), null],
  ])
  await refusals(t, [
    [{ $dateTrunc: { date: '$text', unit: 'day' } }, 5166307],
    [truncated('month', 0), 5439018],
    [truncated('week', 0.5), 5439017],
    [{ $dateTrunc: { date: '$text', unit: 'week', binSize: '$text' } }, 5439017],
  ])
})

t.test('$dateAdd and $dateSubtract keep the local time when the offset of the time zone changes', async t => {
  const timezone = 'America/New_York'
  await results(t, [
    [
      { $dateAdd: { startDate: date('2029-11-03T04:00:00Z'), unit: 'day', amount: 1, timezone } },
      date('2029-11-04T04:00:00Z'),
    ],
    [
      { $dateSubtract: { startDate: date('2029-12-04T05:00:00Z'), unit: 'month', amount: 1, timezone } },
      date('2029-11-04T04:00:00Z'),
    ],
    [
      { $dateAdd: { startDate: date('2029-11-03T04:00:00Z'), unit: 'hour', amount: 48, timezone } },
      date('2029-11-05T04:00:00Z'),
    ],
    [{ $dateAdd: { startDate: '$nothing', unit: 'day', amount: 1, timezone } }, null],
  ])
  await refusals(t, [[{ $dateAdd: { startDate: '$text', unit: 'day', amount: 1, timezone } }, 5166403]])
})

t.test('$dateToString with the names of months and in time zones', async t => {
  const text = (options: object) => ({ $dateToString: { date: date('2021-03-28T01:30:15.123Z'), ...options } })
  await results(t, [
    [text({ format: '%Y %z %b %B %d %%b', timezone: 'Europe/Zurich' }), '2021 +0200 Mar March 28 %b'],
    [text({ timezone: 'Europe/Zurich' }), '2021-03-28T03:30:15.123'],
    [text({ timezone: '$zone' }), '2021-03-28T03:30:15.123'],
    [text({ timezone: '+00:00' }), '2021-03-28T01:30:15.123Z'],
    [{ $dateToString: { date: '$nothing', format: '%b', onNull: 'none' } }, 'none'],
  ])
})
