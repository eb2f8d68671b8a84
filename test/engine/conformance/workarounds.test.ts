/**
 * Checks that the results for which the gateway of the embedded engine rewrites commands are MongoDB's, wherever an expression or a
 * stage may stand.
 */
import mongoose, { type mongo } from 'mongoose'
import t from 'tap'
import { codeOf } from '../../helpers/database/error-code.ts'
import { ownDatabase } from '../../helpers/database/mongodb.ts'

const { db } = await ownDatabase(t)
// biome-ignore lint/suspicious/noExplicitAny: documents of any shape
const collection = (name: string) => db.collection<any>(name)
const { Binary, BSONRegExp, UUID } = mongoose.mongo.BSON

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

t.test('$addToSet skips missing values in $group, $bucket and $bucketAuto', async t => {
  const values = collection('sets')
  await values.insertMany([{ v: 1 }, { v: 1.0 }, {}, { v: null }, { v: [1] }])
  const output = { set: { $addToSet: '$v' } }
  const stages: Record<string, mongo.Document> = {
    $group: { _id: null, ...output },
    $bucket: { groupBy: '$one', boundaries: [0, 2], output },
    $bucketAuto: { groupBy: '$one', buckets: 1, output },
  }
  for (const [name, operand] of Object.entries(stages)) {
    const [group] = await values.aggregate([{ $addFields: { one: 1 } }, { [name]: operand }]).toArray()
    t.same(new Set(group?.set.map(JSON.stringify)), new Set(['1', 'null', '[1]']), name)
    t.equal(group?.set.length, 3)
  }
})

t.test('$facet returns its fields in the order of the stage', async t => {
  const docs = collection('facets')
  await docs.insertOne({ a: 1 })
  const facets = { c: [{ $count: 'n' }], none: [{ $match: { a: 2 } }], a: [{ $limit: 1 }], b: [{ $count: 'n' }] }
  const [result] = await docs.aggregate([{ $facet: facets }]).toArray()
  t.same(Object.keys(result ?? {}), Object.keys(facets))
  t.equal(await codeOf(docs.aggregate([{ $facet: { 'a.b': [] } }]).toArray()), 16412)
})

t.test('an update adds new fields in the order of their paths', async t => {
  const docs = collection('order of fields')
  await docs.insertOne({ _id: 1, z: 0 })
  await docs.updateOne({ _id: 1 }, { $set: { y: 1, b: 1, 'n.c': 1, 'n.a': 1 }, $inc: { a: 1 } })
  const fieldsOf = (document: object) => Object.keys(document)
  const found = await docs.findOne()
  t.same(fieldsOf(found), ['_id', 'z', 'a', 'b', 'n', 'y'])
  t.same(fieldsOf(found.n), ['a', 'c'])
  const upserted = await docs.findOneAndUpdate(
    { _id: 2 },
    { $setOnInsert: { y: 1 }, $set: { x: 1, w: 1 } },
    { upsert: true, returnDocument: 'after' },
  )
  t.same(fieldsOf(upserted), ['_id', 'w', 'x', 'y'])
  await docs.replaceOne({ _id: 1 }, { b: 1, a: 1 })
  t.same(fieldsOf(await docs.findOne({ _id: 1 })), ['_id', 'b', 'a'], 'a replacement keeps its order')
})

t.test('$pull removes the strings that match a regular expression', async t => {
  const docs = collection('pulled')
  await docs.insertOne({ _id: 1, a: ['ab', 'cd', 5], b: ['x'] })
  const pull = (pulled: object): mongo.Document => ({ $pull: pulled })
  await docs.updateOne({}, pull({ a: /^a/, b: 'x' }))
  t.same(await docs.findOne(), { _id: 1, a: ['cd', 5], b: [] })
  await docs.findOneAndUpdate({}, pull({ a: /^c/ }))
  t.same(await docs.findOne(), { _id: 1, a: [5], b: [] })
})

t.test('$elemMatch on values finds documents and positions in arrays with a compound index', async t => {
  const docs = collection('matches')
  await docs.createIndex({ b: 1, s: 1 })
  await docs.insertMany([
    { _id: 1, b: 7, s: [1, 2] },
    { _id: 2, b: 7, s: [0] },
    { _id: 3, b: 7, s: 5 },
    { _id: 4, b: 8, s: [3] },
  ])
  const find = async (filter: object) => (await docs.find(filter).sort({ _id: 1 }).toArray()).map(({ _id }) => _id)
  t.same(await find({ b: 7, s: { $elemMatch: { $gt: 1 } } }), [1])
  t.same(await find({ s: { $elemMatch: { $gt: 1 }, $size: 1 } }), [4])
  t.same(await find({ b: 7, s: { $all: [{ $elemMatch: { $gt: 1 } }, { $elemMatch: { $lt: 2 } }] } }), [1])
  t.same(await find({ $or: [{ s: { $elemMatch: { $eq: 0 } } }, { b: 8 }] }), [2, 4])
  t.equal(
    (await docs.updateOne({ b: 7, s: { $elemMatch: { $gt: 1, $lt: 3 } } }, { $set: { 's.$': 9 } })).modifiedCount,
    1,
  )
  t.same((await docs.findOne({ _id: 1 })).s, [1, 9])
  await docs.insertMany([
    { _id: 5, b: 9, s: ['log1', 'log2'] },
    { _id: 6, b: 9, s: [{ $ref: 'others', $id: 5 }] },
  ])
  t.same(await find({ s: { $all: [{ $elemMatch: { $regex: new BSONRegExp('LOG.', 'is') } }] } }), [5])
  t.same(await find({ s: { $elemMatch: { $ref: 'others', $id: 5 } } }), [6])
  for (const condition of [{ $eq: 9 }, { $in: [9] }, { $all: [9] }, { $nin: [0, 1] }, { $not: { $lt: 2 } }]) {
    const match = await docs.findOne({ b: 7, s: { $elemMatch: condition } }, { projection: { 's.$': 1 } })
    t.same(match, { _id: 1, s: [9] }, JSON.stringify(condition))
  }
})

t.test('$group takes a missing key for null, and evaluates constant keys', async t => {
  const docs = collection('keys')
  await docs.insertMany([{}, { a: null }, { a: { b: null } }, { a: {} }, { a: 7 }])
  const groups = (_id: unknown) => docs.aggregate([{ $group: { _id, n: { $sum: 1 } } }]).toArray()
  t.same(await groups('$a.b'), [{ _id: null, n: 5 }])
  t.same(await groups({ $arrayElemAt: ['$list', 7] }), [{ _id: null, n: 5 }])
  t.same(await groups({ $literal: 'x' }), [{ _id: 'x', n: 5 }])
  t.same(await groups({ $lte: [1, 2] }), [{ _id: true, n: 5 }])
})

t.test('$first, $last and $push follow the order of a sort whose fields have changed', async t => {
  const docs = collection('changed')
  await docs.insertMany([
    { _id: 0, a: 2, list: [1, 2] },
    { _id: 1, a: 1, list: [3] },
    { _id: 2, a: 3, list: [4, 5] },
  ])
  const group = (value: string) => ({ _id: null, f: { $first: value }, l: { $last: value }, p: { $push: value } })
  const results = (stage: object, value: string) =>
    docs.aggregate([{ $sort: { a: -1 } }, stage, { $group: group(value) }, { $unset: '_id' }]).toArray()
  t.same(await results({ $project: { a: 0 } }, '$_id'), [{ f: 2, l: 1, p: [2, 0, 1] }])
  t.same(await results({ $addFields: { a: { $multiply: ['$a', -1] } } }, '$_id'), [{ f: 2, l: 1, p: [2, 0, 1] }])
  t.same(await results({ $unwind: '$list' }, '$list'), [{ f: 4, l: 3, p: [4, 5, 1, 2, 3] }])
  t.same(await results({ $unset: 'a' }, '$none'), [{ f: null, l: null, p: [] }])
  const literals = [{ $sort: { a: 1 } }, { $group: { _id: null, p: { $push: { $literal: { x: 1 } } } } }]
  t.same((await docs.aggregate(literals).toArray())[0]?.p, [{ x: 1 }, { x: 1 }, { x: 1 }])
})
