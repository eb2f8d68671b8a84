/**
 * Checks that the results for which the gateway of the embedded engine rewrites commands are MongoDB's, wherever an expression or a
 * stage may stand.
 */
import mongoose from 'mongoose'
import t from 'tap'
import { codeOf } from '../../helpers/database/error-code.ts'
import { ownDatabase } from '../../helpers/database/mongodb.ts'

const { db } = await ownDatabase(t)
// biome-ignore lint/suspicious/noExplicitAny: documents of any shape
const collection = (name: string) => db.collection<any>(name)
const { Binary, UUID } = mongoose.mongo.BSON

t.test('$dateTrunc is exact in projections, filters, updates and views', async t => {
  const dates = collection('dates')
  const at = new Date('2024-08-31T13:30:00Z')
  await dates.insertOne({ _id: 1, at })
  const truncated = (unit: string) => ({ $dateTrunc: { date: '$at', unit } })
  const starts = {
    day: '2024-08-31',
    week: '2024-08-25',
    month: '2024-08-01',
    quarter: '2024-07-01',
    year: '2024-01-01',
  }
  for (const [unit, start] of Object.entries(starts)) {
    const found = await dates.findOne({}, { projection: { start: truncated(unit) } })
    t.same(found?.start, new Date(start), unit)
  }
  t.equal(await dates.countDocuments({ $expr: { $eq: [truncated('day'), new Date('2024-08-31')] } }), 1)
  await dates.updateOne({}, [{ $set: { day: truncated('day') } }])
  t.same((await dates.findOne())?.day, new Date('2024-08-31'))
  await db.createCollection('days', { viewOn: 'dates', pipeline: [{ $project: { day: truncated('day') } }] })
  t.same(await collection('days').findOne(), { _id: 1, day: new Date('2024-08-31') })
})

t.test('a rewritten command keeps the type of each value', async t => {
  const values = collection('values')
  const id = new UUID()
  await values.insertMany([{ _id: id, n: 1 }, { _id: new Binary(Buffer.from('a')) }])
  const found = await values.aggregate([{ $match: { _id: id } }, { $group: { _id: '$n' } }, { $count: 'n' }]).toArray()
  t.same(found, [{ n: 1 }])
})

t.test('$group distinguishes a missing field of the key from null', async t => {
  const groups = collection('groups')
  await groups.insertMany([{ a: 1 }, { a: 1, b: null }, { a: 1, b: null }])
  const found = await groups
    .aggregate([{ $group: { _id: { a: '$a', b: '$b' }, n: { $sum: 1 } } }, { $sort: { n: 1 } }])
    .toArray()
  t.same(found, [
    { _id: { a: 1 }, n: 1 },
    { _id: { a: 1, b: null }, n: 2 },
  ])
})

t.test('$push after $sort keeps the order of the documents', async t => {
  const items = collection('items')
  await items.insertMany(
    Array.from({ length: 3_000 }, (_, i) => ({ n: (i * 7) % 3_000, ...(i % 3 > 0 && { even: i % 2 === 0 }) })),
  )
  const stages = [{ $sort: { n: -1 } }, { $group: { _id: null, n: { $push: '$n' }, even: { $push: '$even' } } }]
  const [found] = await items.aggregate(stages).toArray()
  t.same(
    found?.n,
    Array.from({ length: 3_000 }, (_, i) => 2_999 - i),
  )
  t.equal(found?.even.length, 2_000, '$push skips missing values')
})

t.test('a projection of the text score alone keeps the other fields', async t => {
  const texts = collection('texts')
  await texts.createIndex({ title: 'text' })
  await texts.insertMany([
    { _id: 1, title: 'a cat' },
    { _id: 2, title: 'a cat and a cat' },
    { _id: 3, title: 'a dog' },
  ])
  const score = { score: { $meta: 'textScore' } }
  const found = await texts
    .find({ $text: { $search: 'cat' } }, { projection: score })
    .sort(score)
    .toArray()
  t.same(found.map(({ _id }) => _id).sort(), [1, 2])
  t.ok(found.every(({ title, score }) => title.includes('cat') && score > 0))
  t.equal(
    (
      await texts
        .find({ $text: { $search: 'cat' } }, { projection: score })
        .sort(score)
        .limit(1)
        .toArray()
    ).length,
    1,
  )
})

t.test('explain executes no pipeline that writes', async t => {
  await collection('sources').insertOne({ _id: 1 })
  for (const verbosity of ['queryPlanner', 'executionStats'] as const) {
    await collection('sources')
      .aggregate([{ $out: 'targets' }])
      .explain(verbosity)
  }
  t.equal(await collection('targets').countDocuments(), 0)
})

t.test('$count refuses the names that MongoDB refuses', async t => {
  const run = (stage: object) =>
    codeOf(
      collection('groups')
        .aggregate([stage] as never)
        .toArray(),
    )
  t.equal(await run({ $count: '' }), 40157)
  t.equal(await run({ $count: '$n' }), 40158)
  t.equal(await run({ $count: 'a.b' }), 40160)
})
