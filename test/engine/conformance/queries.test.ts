/**
 * Checks that the server of the test run behaves as the MongoDB manual says, as far as this product relies on it. A difference
 * between the embedded engine and a real mongod fails here.
 */
import type { mongo } from 'mongoose'
import t from 'tap'
import { codeOf } from '../../helpers/database/error-code.ts'
import { ownDatabase } from '../../helpers/database/mongodb.ts'
import { until } from '../../helpers/until.ts'

const { client, db } = await ownDatabase(t)
// biome-ignore lint/suspicious/noExplicitAny: documents and ids of any shape
const collection = (name: string) => db.collection<any>(name)

t.test('documents as _id compare field by field, and can be paged in their order', async t => {
  const docs = collection('documents')
  const ids = ['a', 'b', 'c'].flatMap(imageId => [0, 1].map(n => ({ imageId, grain: 'minute', start: new Date(n) })))
  await docs.insertMany(ids.map(_id => ({ _id })))
  const after = await docs
    .find({ _id: { $gt: ids[2] } })
    .sort({ _id: 1 })
    .limit(2)
    .toArray()
  t.same(
    after.map(({ _id }) => _id),
    [ids[3], ids[4]],
  )
  const first = ids[0]
  t.equal(await codeOf(docs.insertOne({ _id: first })), 11000)
})

t.test('a cursor returns every document once, and cannot be used after killCursors', async t => {
  const docs = collection('cursors')
  await docs.insertMany(Array.from({ length: 3000 }, (_, i) => ({ _id: i, pad: 'x'.repeat(200) })))
  const seen = new Set<number>()
  for await (const { _id } of docs.find().batchSize(170)) seen.add(_id)
  t.equal(seen.size, 3000)
  const reply = await db.command({ find: 'cursors', batchSize: 10 })
  const id = reply.cursor.id
  await db.command({ killCursors: 'cursors', cursors: [id] })
  t.equal(await codeOf(db.command({ getMore: id, collection: 'cursors' })), 43)
})

t.test('a database whose name has a quote, and every byte of a value, are read as they were written', async t => {
  const quoted = client.db(`${db.databaseName}-it's`)
  t.teardown(() => quoted.dropDatabase())
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  await quoted
    .collection<{ _id: number }>('bytes')
    .insertMany([0, 1, 2, 3, 4].map(_id => ({ _id, bytes, text: 'é\u0000\\' })))
  for (const sort of [{}, { _id: 1 as const }]) {
    const found = await quoted.collection('bytes').find({}, { batchSize: 2, promoteBuffers: true, sort }).toArray()
    t.same(new Set(found.map(({ _id }) => Number(_id))), new Set([0, 1, 2, 3, 4]))
    for (const document of found) t.match(document, { bytes, text: 'é\u0000\\' })
  }
})

t.test('groups are complete, also when an index covers them', async t => {
  const hours = collection('hours')
  await hours.createIndexes([{ key: { kind: 1, at: 1 } }])
  await hours.insertMany(Array.from({ length: 100 }, (_, i) => ({ kind: 'a', at: new Date(1.7e12 + i * 3_600_000) })))
  const match = { $match: { kind: 'a', at: { $gte: new Date(0) } } }
  for (const stage of [{ $group: { _id: { $hour: '$at' }, n: { $sum: 1 } } }, { $sortByCount: { $hour: '$at' } }]) {
    t.equal((await hours.aggregate([match, stage]).toArray()).length, 24)
  }
})

t.test('a page in the order of an index is correct, forwards and backwards', async t => {
  const pages = collection('pages')
  await pages.createIndexes([{ key: { kind: 1, at: 1, _id: 1 } }])
  for (let i = 0; i < 5; i++) {
    await pages.insertMany(Array.from({ length: 1_000 }, (_, n) => ({ kind: 'a', at: i * 1_000 + n })))
  }
  const page = [{ $match: { kind: 'a' } }, { $sort: { at: -1, _id: -1 } }, { $limit: 3 }]
  t.match(await pages.aggregate(page).toArray(), [{ at: 4_999 }, { at: 4_998 }, { at: 4_997 }])
  const after = pages
    .find({ kind: 'a', at: { $gt: 4_000 } })
    .sort({ at: 1, _id: 1 })
    .limit(2)
  t.match(await after.toArray(), [{ at: 4_001 }, { at: 4_002 }])
})

t.test('a query that exceeds its time limit fails with code 50', async t => {
  await collection('slow').insertMany(Array.from({ length: 500 }, (_, i) => ({ _id: i })))
  const slow = { $gt: [{ $size: { $filter: { input: { $range: [0, 30_000] }, cond: { $gt: ['$$this', 1] } } } }, 1] }
  t.equal(await codeOf(collection('slow').find({ $expr: slow }).maxTimeMS(20).toArray()), 50)
  await codeOf(collection('slow').findOne({ _id: 1 }, { maxTimeMS: 20 }))
  const unlimited = await collection('slow').find({ $expr: slow }).limit(100).toArray()
  t.equal(unlimited.length, 100, 'the limit of one query does not bound the next one')
})

t.test("explain returns the plan in MongoDB's form", async t => {
  const docs = collection('explained')
  await docs.createIndex({ imageId: 1, at: 1 })
  await docs.insertMany(Array.from({ length: 2000 }, (_, i) => ({ imageId: `i${i % 100}`, at: new Date(i), n: i })))
  const indexed = await docs
    .find({ imageId: 'i7', at: { $gte: new Date(0), $lt: new Date(900) } })
    .explain('executionStats')
  t.match(indexed.queryPlanner, {
    namespace: `${db.databaseName}.explained`,
    winningPlan: {
      stage: 'FETCH',
      inputStage: {
        stage: 'IXSCAN',
        indexName: 'imageId_1_at_1',
        keyPattern: { imageId: 1, at: 1 },
        direction: 'forward',
      },
    },
  })
  t.match(indexed.executionStats, { nReturned: 9, totalKeysExamined: 9, totalDocsExamined: 9 })
  const sorted = await docs
    .find({ n: { $lt: 5 } })
    .sort({ n: 1 })
    .explain('executionStats')
  t.match(sorted.queryPlanner.winningPlan, { stage: 'SORT', inputStage: { stage: 'COLLSCAN' } })
  t.match(sorted.executionStats, { nReturned: 5, totalKeysExamined: 0, totalDocsExamined: 2000 })
})

t.test('currentOp lists the operations, and killOp ends one with code 11601', async t => {
  const docs = collection('killed')
  await docs.insertMany(Array.from({ length: 100 }, (_, i) => ({ _id: i })))
  const slow = {
    $expr: { $gt: [{ $size: { $filter: { input: { $range: [0, 1_000_000] }, cond: { $gt: ['$$this', 1] } } } }, 1] },
  }
  const admin = client.db('admin')
  for (const operation of [
    () => docs.find(slow).sort({ _id: 1 }).toArray(),
    () => docs.updateMany(slow, { $set: { a: 1 } }),
  ]) {
    const failed = codeOf(operation())
    const found = await until('the operation', async () => {
      const { inprog } = await admin.command({ currentOp: 1 })
      return inprog.find(({ ns }: mongo.Document) => ns === `${db.databaseName}.killed`)
    })
    t.type(found.opid, 'number')
    await until('its end', async () => {
      await admin.command({ killOp: 1, op: found.opid })
      const { inprog } = await admin.command({ currentOp: 1 })
      return inprog.every(({ opid }: mongo.Document) => opid !== found.opid)
    })
    t.equal(await failed, 11601)
  }
  t.equal((await admin.command({ killOp: 1, op: 2_000_000_000 })).ok, 1)
})

t.test('explain of a write returns the plan of its query and does not execute it', async t => {
  const docs = collection('kept')
  await docs.insertOne({ _id: 1, n: 1 })
  const q = { n: 1 }
  const commands: Record<string, object> = {
    UPDATE: { update: 'kept', updates: [{ q, u: { $inc: { n: 1 } } }] },
    DELETE: { delete: 'kept', deletes: [{ q, limit: 1 }] },
  }
  for (const [stage, command] of Object.entries(commands)) {
    for (const verbosity of ['queryPlanner', 'executionStats']) {
      const { queryPlanner } = await db.command({ explain: command, verbosity })
      t.equal(queryPlanner.winningPlan.stage, stage)
    }
  }
  await db.command({ explain: { findAndModify: 'kept', query: q, remove: true } })
  t.same(await docs.find().toArray(), [{ _id: 1, n: 1 }])
})

t.test('index bounds and tailable cursors are right or refused', async t => {
  const docs = collection('bounds')
  await docs.insertMany([1, 2, 3].map(n => ({ _id: n, n })))
  await docs.createIndex({ n: 1 })
  const found = docs.find().hint({ n: 1 }).min({ n: 2 }).max({ n: 3 }).toArray()
  const ids = await found.then(
    found => found.map(({ _id }) => _id),
    error => error.code,
  )
  t.ok(ids === 115 || String(ids) === '2', String(ids))
  t.equal(await codeOf(docs.find({}, { tailable: true }).toArray()), 2)
})

t.test('read and write concerns that one node can not satisfy are refused', async t => {
  const docs = collection('concerns')
  await docs.insertOne({ _id: 1 }, { writeConcern: { w: 'majority', journal: true } })
  t.equal(await codeOf(docs.insertOne({ _id: 2 }, { writeConcern: { w: 3 } })), 100)
  t.equal(await codeOf(docs.find({}, { readConcern: { level: 'recent' as 'local' } }).toArray()), 2)
  t.equal((await docs.find({}, { readConcern: { level: 'majority' } }).toArray()).length, 1)
})
