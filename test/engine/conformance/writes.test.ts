/**
 * What the product needs of a MongoDB, by MongoDB's manual. It runs on whatever server the run has: an embedded engine that
 * differs from a real mongod is told apart here.
 */
import mongoose from 'mongoose'
import t from 'tap'
import { ownDatabase } from '../../helpers/mongodb.ts'
import { aWire } from '../../helpers/wire.ts'

const { GridFSBucket } = mongoose.mongo
const { client, db } = await ownDatabase(t)
const MAJORITY = { w: 'majority' } as const

// biome-ignore lint/suspicious/noExplicitAny: documents and ids of any shape
const collection = (name: string) => db.collection<any>(name)
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 0,
    error => error.code as number,
  )

t.test('the server is a primary that allows sessions and transactions', async t => {
  const hello = await db.admin().command({ hello: 1 })
  t.equal(hello.isWritablePrimary, true)
  t.ok(hello.setName)
  t.ok(hello.logicalSessionTimeoutMinutes > 0)
  t.ok(hello.maxWireVersion >= 21)
  t.ok(Math.abs(hello.localTime.getTime() - Date.now()) < 600_000)
  t.equal((await db.command({ ping: 1 })).ok, 1)
})

t.test('an unknown command has code 59', async t => {
  t.equal(await codeOf(db.command({ frobnicate: 1 })), 59)
})

t.test('an unordered insert stores the rest and names each duplicate', async t => {
  const docs = collection('inserts')
  await docs.insertMany(Array.from({ length: 5000 }, (_, i) => ({ _id: i })))
  const documents = Array.from({ length: 5000 }, (_, i) => ({ _id: i * 2 }))
  const reply = await db.command({ insert: 'inserts', documents, ordered: false, writeConcern: MAJORITY })
  t.equal(reply.n, 2500)
  t.equal(reply.writeErrors.length, 2500)
  t.match(reply.writeErrors[7], { index: 7, code: 11000, keyPattern: { _id: 1 }, keyValue: { _id: 14 } })
  t.equal(await docs.countDocuments(), 7500)
  t.equal(await docs.estimatedDocumentCount(), 7500)
})

t.test('an ordered insert stops at the first duplicate', async t => {
  const docs = collection('ordered')
  t.equal(await codeOf(docs.insertMany([{ _id: 1 }, { _id: 1 }, { _id: 2 }])), 11000)
  t.equal(await docs.countDocuments(), 1)
})

t.test('documents as _id compare field by field, and a walk in their order goes on after one', async t => {
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

t.test('upserts take their fields from equality, and compare and set matches nothing when it is late', async t => {
  const updates = [
    { q: { _id: { k: 1 }, imageId: 'a' }, u: { $set: { token: 'x' } }, upsert: true },
    { q: { _id: { k: 1 }, imageId: 'a', token: 'y' }, u: { $set: { token: 'z' } } },
  ]
  const reply = await db.command({ update: 'cas', updates, ordered: false, writeConcern: MAJORITY })
  t.equal(reply.n, 1)
  t.equal(reply.upserted[0].index, 0)
  t.same(await collection('cas').findOne({}), { _id: { k: 1 }, imageId: 'a', token: 'x' })
  const deletes = [
    { q: { _id: { k: 1 }, token: 'y' }, limit: 1 },
    { q: { _id: { k: 1 }, token: 'x' }, limit: 1 },
  ]
  t.equal((await db.command({ delete: 'cas', deletes, ordered: false, writeConcern: MAJORITY })).n, 1)
})

t.test('racing upserts of one _id leave one document', async t => {
  const race = Array.from({ length: 30 }, (_, i) =>
    collection('race')
      .updateOne({ _id: 'one' }, { $set: { i } }, { upsert: true })
      .catch(error => t.equal(error.code, 11000)),
  )
  await Promise.all(race)
  t.equal(await collection('race').countDocuments(), 1)
})

t.test("racing upserts that read the server's clock all count", async t => {
  const counters = db.collection<{ _id: number; n: number }>('clocks')
  const counted = [{ $set: { n: { $add: [{ $ifNull: ['$n', 0] }, 1] }, at: '$$NOW' } }]
  const rounds = Array.from({ length: 20 }, (_, _id) => _id)
  for (const _id of rounds) {
    const many = (ordered: boolean) => {
      const updates = [_id, _id + 0.5].map(each => ({ q: { _id: each }, u: counted, upsert: true }))
      return db.command({ update: 'clocks', updates, ordered, writeConcern: MAJORITY })
    }
    const done = await Promise.all([
      ...Array.from({ length: 3 }, () => counters.updateOne({ _id }, counted, { upsert: true })),
      ...Array.from({ length: 3 }, () => counters.findOneAndUpdate({ _id }, counted, { upsert: true })),
      many(true),
      many(false),
    ])
    t.match(done.slice(-2), [{ n: 2 }, { n: 2 }])
  }
  t.equal(await counters.countDocuments({ n: 8 }), rounds.length)
  t.equal(await counters.countDocuments({ n: 2 }), rounds.length)
})

t.test("a pipeline update computes from the document and the server's clock", async t => {
  const found = await collection('clock').findOneAndUpdate(
    { _id: 'floors' },
    [{ $set: { at: { $max: ['$at', { $subtract: ['$$NOW', 1000] }] }, now: '$$NOW' } }],
    { upsert: true, returnDocument: 'after' },
  )
  t.equal(found?.now - found?.at, 1000)
})

t.test('cursors give everything once, and a killed one is gone', async t => {
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

t.test('faults of a query have the codes of the manual', async t => {
  const docs = collection('faults')
  await docs.insertOne({ tags: [1] })
  t.equal(await codeOf(docs.aggregate([{ $frobnicate: {} }]).toArray()), 40324)
  t.equal(await codeOf(docs.aggregate([{ $project: { a: { $size: '$none' } } }]).toArray()), 17124)
  t.equal(await codeOf(docs.updateOne({}, { $frobnicate: { a: 1 } })), 9)
  t.equal(await codeOf(docs.updateOne({}, { $set: { 'tags.a': 1 } })), 28)
  t.equal(await codeOf(docs.updateOne({}, { $set: { _id: 1 } })), 66)
})

t.test('indexes are made with what they were asked for, and enforced', async t => {
  const docs = collection('indexed')
  await docs.createIndexes([
    { key: { email: 1 }, unique: true },
    { key: { at: 1 }, expireAfterSeconds: 60 },
    { key: { title: 'text', tags: 'text' } },
    { key: { part: 1 }, unique: true, partialFilterExpression: { part: { $exists: true } } },
    { key: { '_id.grain': 1, '_id.start': 1 } },
  ])
  await docs.createIndex({ email: 1 }, { unique: true })
  const indexes = await docs.indexes()
  t.equal(indexes.length, 6)
  t.equal(indexes.find(index => index.key.at)?.expireAfterSeconds, 60)
  t.equal(indexes.find(index => index.key.email)?.unique, true)
  await docs.insertOne({ email: 'a' })
  const error = await docs.insertOne({ email: 'a', part: 1 }).catch(error => error)
  t.match(error, { code: 11000, keyPattern: { email: 1 }, keyValue: { email: 'a' } })
  await docs.insertOne({ email: 'c' })
  t.equal(await codeOf(docs.createIndex({ at: 1 }, { expireAfterSeconds: 61 })), 85)
  t.equal(await codeOf(docs.findOneAndUpdate({ email: 'c' }, { $set: { email: 'a' } })), 11000)
})

t.test("an index's time to live is changed by collMod", async t => {
  const docs = collection('ttl')
  await docs.createIndex({ at: 1 }, { expireAfterSeconds: 60 })
  await db.command({ collMod: 'ttl', index: { name: 'at_1', expireAfterSeconds: 120 } })
  t.equal((await docs.indexes()).find(index => index.key.at)?.expireAfterSeconds, 120)
})

t.test('collections are listed, made once and dropped', async t => {
  await db.createCollection('fresh')
  t.equal((await db.listCollections({ name: 'fresh' }).toArray()).length, 1)
  await db.dropCollection('fresh')
  t.equal((await db.listCollections({ name: 'fresh' }).toArray()).length, 0)
})

t.test('a time series is made or refused, never pretended', async t => {
  const code = await codeOf(db.createCollection('series', { timeseries: { timeField: 'at', metaField: 'imageId' } }))
  t.ok(code === 0 || code === 115, `code ${code}`)
  const [found] = await db.listCollections({ name: 'series' }).toArray()
  t.equal(found?.type, code === 0 ? 'timeseries' : undefined)
})

t.test('a transaction is seen whole or not at all', async t => {
  const docs = collection('transactions')
  await docs.insertOne({ _id: 'there' })
  const work = (last: { _id: string }) =>
    client.withSession(session =>
      session.withTransaction(async () => {
        await docs.insertOne({ _id: `with ${last._id}` }, { session })
        t.equal(await docs.countDocuments({ _id: `with ${last._id}` }), 0, 'others do not see it yet')
        await docs.insertOne(last, { session })
      }),
    )
  t.equal(await codeOf(work({ _id: 'there' })), 11000)
  t.equal(await docs.countDocuments(), 1)
  await work({ _id: 'new' })
  t.equal(await docs.countDocuments(), 3)
})

t.test('transactions that contend are all done exactly once', async t => {
  const docs = collection('counter')
  await docs.insertOne({ _id: 'n', n: 0 })
  const add = () =>
    client.withSession(session =>
      session.withTransaction(async () => {
        const found = await docs.findOne({ _id: 'n' }, { session })
        await docs.updateOne({ _id: 'n' }, { $set: { n: found?.n + 1 } }, { session })
      }),
    )
  await Promise.all(Array.from({ length: 10 }, add))
  t.equal((await docs.findOne({ _id: 'n' }))?.n, 10)
})

t.test('of transactions that insert one unique key one wins, and the others are told it is a duplicate', async t => {
  const docs = collection('unique')
  await docs.createIndex({ key: 1 }, { unique: true })
  const insert = (i: number) =>
    client.withSession(session => session.withTransaction(() => docs.insertOne({ _id: i, key: 'one' }, { session })))
  const codes = await Promise.all(Array.from({ length: 12 }, (_, i) => codeOf(insert(i))))
  t.same(codes.sort(), [0, ...Array(11).fill(11000)])
})

t.test('writes of many documents that cross do not fail', async t => {
  const docs = collection('many')
  await docs.insertMany(Array.from({ length: 200 }, (_, i) => ({ _id: i, n: 0 })))
  await Promise.all(Array.from({ length: 12 }, () => docs.updateMany({}, { $inc: { n: 1 } })))
  t.equal(await docs.countDocuments({ n: 12 }), 200)
})

t.test('a retryable write whose answer was lost is written once', async t => {
  const wire = await aWire(t)
  const retrying = await mongoose.mongo.MongoClient.connect(wire.uri)
  t.teardown(() => retrying.close())
  const sent: mongoose.mongo.Document[] = []
  wire.onReply = command => (command.update === 'retried' && sent.push(command) === 1 ? 'cut' : 'pass')
  const docs = retrying.db(db.databaseName).collection<{ _id: number; n: number }>('retried')
  t.equal((await docs.updateOne({ _id: 1 }, { $inc: { n: 1 } }, { upsert: true })).upsertedCount, 1)
  const [first, again] = sent.map(({ lsid, txnNumber }) => ({ lsid, txnNumber }))
  t.same(again, first, 'sent again as the same write')
  t.same(await docs.find().toArray(), [{ _id: 1, n: 1 }])
})

t.test('a causally consistent session reads its own majority writes', async t => {
  await client.withSession({ causalConsistency: true }, async session => {
    await collection('causal').insertOne({ _id: 1 }, { session, writeConcern: MAJORITY })
    const options = { session, readConcern: { level: 'majority' }, readPreference: 'primary' } as const
    t.equal((await collection('causal').find({}, options).toArray()).length, 1)
  })
})

t.test('aggregation stages answer as the manual says', async t => {
  const docs = collection('stages')
  const at = new Date('2026-03-04T05:06:07.089Z')
  await docs.insertMany([
    { _id: 1, at, text: 'Abc', n: 1 },
    { _id: 2, at, text: 'xyz', n: 15 },
  ])
  const one = async (stages: object[]) => docs.aggregate(stages as never).toArray()
  t.same(await one([{ $match: { n: 99 } }, { $count: 'n' }]), [], '$count of nothing is no document')
  t.same(await one([{ $count: 'n' }]), [{ n: 2 }])
  const trunc = async (spec: object) =>
    (await one([{ $match: { _id: 1 } }, { $project: { d: { $dateTrunc: { date: '$at', ...spec } } } }]))[0]?.d
  t.same(await trunc({ unit: 'hour' }), new Date('2026-03-04T05:00:00Z'))
  t.same(await trunc({ unit: 'day' }), new Date('2026-03-04T00:00:00Z'))
  t.same(await trunc({ unit: 'week' }), new Date('2026-03-01T00:00:00Z'), 'weeks begin on Sunday')
  t.same(await trunc({ unit: 'week', startOfWeek: 'monday' }), new Date('2026-03-02T00:00:00Z'))
  t.same(await trunc({ unit: 'day', timezone: 'Asia/Tokyo' }), new Date('2026-03-03T15:00:00Z'))
  const buckets = await one([{ $bucket: { groupBy: '$n', boundaries: [0, 10, 20], output: { k: { $sum: 1 } } } }])
  t.same(buckets, [
    { _id: 0, k: 1 },
    { _id: 10, k: 1 },
  ])
  const matched = await one([
    { $project: { m: { $regexMatch: { input: { $toLower: '$text' }, regex: '^abc' } } } },
    { $sort: { _id: 1 } },
  ])
  t.same(
    matched.map(({ m }) => m),
    [true, false],
  )
  const grouped = await one([
    { $match: { $or: [{ _id: 1 }, { n: { $gte: 15, $lt: 16 } }] } },
    { $group: { _id: null, n: { $sum: '$n' } } },
  ])
  t.same(grouped, [{ _id: null, n: 16 }])
})

t.test('groups are whole, also where an index has what they are made from', async t => {
  const hours = collection('hours')
  await hours.createIndexes([{ key: { kind: 1, at: 1 } }])
  await hours.insertMany(Array.from({ length: 100 }, (_, i) => ({ kind: 'a', at: new Date(1.7e12 + i * 3_600_000) })))
  const match = { $match: { kind: 'a', at: { $gte: new Date(0) } } }
  for (const stage of [{ $group: { _id: { $hour: '$at' }, n: { $sum: 1 } } }, { $sortByCount: { $hour: '$at' } }]) {
    t.equal((await hours.aggregate([match, stage]).toArray()).length, 24)
  }
})

t.test('a page in the order of an index, forwards or backwards, is what sorting gives', async t => {
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

t.test('a query that takes too long ends with code 50', async t => {
  await collection('slow').insertMany(Array.from({ length: 500 }, (_, i) => ({ _id: i })))
  const slow = { $gt: [{ $size: { $filter: { input: { $range: [0, 30_000] }, cond: { $gt: ['$$this', 1] } } } }, 1] }
  t.equal(await codeOf(collection('slow').find({ $expr: slow }).maxTimeMS(20).toArray()), 50)
})

t.test('GridFS gives ranges of what was written', async t => {
  const bucket = new GridFSBucket(db, { bucketName: 'files', chunkSizeBytes: 1 << 20 })
  const bytes = Buffer.from(Uint8Array.from({ length: 2_500_000 }, (_, i) => i % 251))
  const upload = bucket.openUploadStream('x')
  await new Promise<void>((resolve, reject) => upload.on('finish', resolve).on('error', reject).end(bytes))
  const read: Buffer[] = []
  for await (const chunk of bucket.openDownloadStream(upload.id, { start: 1_000_000, end: 2_200_000 })) read.push(chunk)
  t.ok(Buffer.concat(read).equals(bytes.subarray(1_000_000, 2_200_000)))
})

t.test('explain names the index that a query used', async t => {
  const docs = collection('explained')
  await docs.createIndex({ imageId: 1, at: 1 })
  await docs.insertMany(Array.from({ length: 2000 }, (_, i) => ({ imageId: `i${i % 100}`, at: new Date(i) })))
  const plan = await docs.find({ imageId: 'i7', at: { $gte: new Date(0), $lt: new Date(900) } }).explain()
  t.match(JSON.stringify(plan), /imageId_1_at_1/)
})
