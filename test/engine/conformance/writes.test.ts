/**
 * Checks that the server of the test run behaves as the MongoDB manual says, as far as this product relies on it. A difference
 * between the embedded engine and a real mongod fails here.
 */
import mongoose, { type mongo } from 'mongoose'
import t from 'tap'
import { codeOf } from '../../helpers/database/error-code.ts'
import { ownDatabase } from '../../helpers/database/mongodb.ts'

const { GridFSBucket } = mongoose.mongo
const { db } = await ownDatabase(t)
const MAJORITY = { w: 'majority' } as const

// biome-ignore lint/suspicious/noExplicitAny: documents and ids of any shape
const collection = (name: string) => db.collection<any>(name)

t.test('the server is a primary that supports sessions and transactions', async t => {
  const hello = await db.admin().command({ hello: 1 })
  t.equal(hello.isWritablePrimary, true)
  t.ok(hello.setName)
  t.ok(hello.logicalSessionTimeoutMinutes > 0)
  t.ok(hello.maxWireVersion >= 21)
  t.ok(Math.abs(hello.localTime.getTime() - Date.now()) < 600_000)
  t.equal((await db.command({ ping: 1 })).ok, 1)
})

t.test('an unordered insert reports each duplicate and stores the rest', async t => {
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

t.test('a unique index of documents that share a key is refused as a duplicate', async t => {
  const docs = collection('shared')
  await docs.insertMany([{ name: 'ann' }, { name: 'ann' }])
  const unique = (key: Record<string, 1>) => ({ key, unique: true })
  const message = /^E11000 duplicate key error collection: \S+\.shared/
  await t.rejects(docs.createIndexes([unique({ name: 1 }), unique({ name: 1, age: 1 })]), { code: 11000, message })
  await t.rejects(docs.createIndexes([unique({ name: 1 })]), { code: 11000, message, keyPattern: { name: 1 } })
})

t.test('an ordered insert stops at the first duplicate', async t => {
  const docs = collection('ordered')
  t.equal(await codeOf(docs.insertMany([{ _id: 1 }, { _id: 1 }, { _id: 2 }])), 11000)
  t.equal(await docs.countDocuments(), 1)
})

t.test('an upsert stores the fields of its equality filter, and a stale compare and set matches nothing', async t => {
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

t.test('concurrent upserts of one _id leave one document', async t => {
  const race = Array.from({ length: 30 }, (_, i) =>
    collection('race')
      .updateOne({ _id: 'one' }, { $set: { i } }, { upsert: true })
      .catch(error => t.equal(error.code, 11000)),
  )
  await Promise.all(race)
  t.equal(await collection('race').countDocuments(), 1)
})

t.test("concurrent upserts that read the server's clock are all applied", async t => {
  const counters = db.collection<{ _id: number; n: number }>('clocks')
  const increment = [{ $set: { n: { $add: [{ $ifNull: ['$n', 0] }, 1] }, at: '$$NOW' } }]
  const rounds = Array.from({ length: 20 }, (_, _id) => _id)
  for (const _id of rounds) {
    const updateBoth = (ordered: boolean) => {
      const updates = [_id, _id + 0.5].map(each => ({ q: { _id: each }, u: increment, upsert: true }))
      return db.command({ update: 'clocks', updates, ordered, writeConcern: MAJORITY })
    }
    const done = await Promise.all([
      ...Array.from({ length: 3 }, () => counters.updateOne({ _id }, increment, { upsert: true })),
      ...Array.from({ length: 3 }, () => counters.findOneAndUpdate({ _id }, increment, { upsert: true })),
      updateBoth(true),
      updateBoth(false),
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

t.test('indexes have the requested options and are enforced', async t => {
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
  const modified = docs.findOneAndUpdate({ email: 'c' }, { $set: { email: 'a' } })
  await t.rejects(modified, { code: 11000, keyPattern: { email: 1 }, message: /index: email_1 dup key/ })
})

t.test('an index that replaces another one of the same name is named with its own pattern', async t => {
  const docs = collection('replaced')
  for (const field of ['a', 'b']) {
    await docs.createIndex({ [field]: 1 }, { unique: true, name: 'key' })
    await docs.deleteMany({})
    await docs.insertOne({ [field]: 1 })
    await t.rejects(docs.insertOne({ [field]: 1 }), { code: 11000, keyPattern: { [field]: 1 } })
    await docs.dropIndex('key')
  }
})

t.test('concurrent upserts of one unique key all succeed', async t => {
  const update = (k: number) => ({ q: { k }, u: { $inc: { n: 1 } }, upsert: true })
  const upserts: Record<string, (docs: mongo.Collection, k: number) => Promise<unknown>> = {
    findAndModify: (docs, k) => docs.findOneAndUpdate({ k }, { $inc: { n: 1 } }, { upsert: true }),
    'a retryable update': (docs, k) => docs.updateOne({ k }, { $inc: { n: 1 } }, { upsert: true }),
    'an update that is not retryable': async (docs, k) => {
      const reply = await db.command({ update: docs.collectionName, updates: [update(k)] })
      t.equal(reply.writeErrors, undefined)
    },
    'several updates': (docs, k) =>
      docs.bulkWrite([k, k].map(k => ({ updateOne: { filter: { k }, update: { $inc: { n: 0.5 } }, upsert: true } }))),
  }
  for (const [name, upsert] of Object.entries(upserts)) {
    const docs = collection(`upserted by ${name}`)
    await docs.createIndex({ k: 1 }, { unique: true })
    await Promise.all(Array.from({ length: 100 }, (_, i) => upsert(docs, i % 5)))
    t.same(
      (await docs.find().toArray()).map(({ n }) => n),
      [20, 20, 20, 20, 20],
      name,
    )
  }
})

t.test(
  'an upsert whose key belongs to a document that it does not match fails as a duplicate, and counts the others',
  async t => {
    for (const ordered of [true, false]) {
      const docs = collection(`duplicate ${ordered}`)
      await docs.createIndex({ k: 1 }, { unique: true })
      await docs.insertOne({ _id: 0, k: 0 })
      const upsert = (_id: number, k: number) => ({
        updateOne: { filter: { _id, k }, update: { $set: { a: 1 } }, upsert: true },
      })
      const error: mongo.MongoBulkWriteError = await docs
        .bulkWrite([upsert(1, 1), upsert(2, 0), upsert(3, 3)], { ordered })
        .catch(error => error)
      t.equal(error.code, 11000)
      t.equal(error.result.upsertedCount, ordered ? 1 : 2)
      t.equal(await docs.countDocuments(), ordered ? 2 : 3)
    }
  },
)

t.test('a bulk of thousands of updates counts all and names the items that fail', async t => {
  const docs = collection('thousands')
  await docs.createIndex({ k: 1 }, { unique: true })
  await docs.insertMany([
    { _id: 0, k: 0, n: 0 },
    { _id: 1, k: 1, n: 0 },
    ...Array.from({ length: 50 }, (_, i) => ({ _id: 10 + i, k: 10 + i, n: 0 })),
  ])
  // Of a document with thousands of updates in one transaction the server would read all versions at each.
  const increments = Array.from({ length: 2_500 }, (_, i) => ({
    updateOne: { filter: { _id: 10 + (i % 50) }, update: { $inc: { n: 1 } } },
  }))
  const incremented = async () => {
    const [all] = await docs.aggregate([{ $group: { _id: null, n: { $sum: '$n' } } }]).toArray()
    return all?.n
  }
  const upsert = { updateOne: { filter: { _id: 2 }, update: { $set: { k: 2 } }, upsert: true } }
  const failing = { updateOne: { filter: { _id: 1 }, update: { $set: { k: 0 } } } }
  const all = [...increments, upsert, failing, ...increments]
  const unordered: mongo.MongoBulkWriteError = await docs.bulkWrite(all, { ordered: false }).catch(error => error)
  t.match(unordered.result, { matchedCount: 5_000, modifiedCount: 5_000, upsertedIds: { 2500: 2 } })
  t.same(
    [unordered.writeErrors].flat().map(({ index, code }) => [index, code]),
    [[2_501, 11000]],
  )
  t.equal(await incremented(), 5_000)
  const ordered: mongo.MongoBulkWriteError = await docs.bulkWrite(all).catch(error => error)
  t.same(
    [ordered.writeErrors].flat().map(({ index, code }) => [index, code]),
    [[2_501, 11000]],
  )
  t.equal(await incremented(), 7_500)
})

t.test('collMod changes the time to live of an index', async t => {
  const docs = collection('ttl')
  await docs.createIndex({ at: 1 }, { expireAfterSeconds: 60 })
  await db.command({ collMod: 'ttl', index: { name: 'at_1', expireAfterSeconds: 120 } })
  t.equal((await docs.indexes()).find(index => index.key.at)?.expireAfterSeconds, 120)
})

t.test('collections can be created, listed and dropped', async t => {
  await db.createCollection('fresh')
  t.equal((await db.listCollections({ name: 'fresh' }).toArray()).length, 1)
  await db.dropCollection('fresh')
  t.equal((await db.listCollections({ name: 'fresh' }).toArray()).length, 0)
})

t.test('a time series collection is created or refused, never replaced by an ordinary one', async t => {
  const code = await codeOf(db.createCollection('series', { timeseries: { timeField: 'at', metaField: 'imageId' } }))
  t.ok(code === 0 || code === 115, `code ${code}`)
  const [found] = await db.listCollections({ name: 'series' }).toArray()
  t.equal(found?.type, code === 0 ? 'timeseries' : undefined)
})

t.test('GridFS reads ranges of a file', async t => {
  const bucket = new GridFSBucket(db, { bucketName: 'files', chunkSizeBytes: 1 << 20 })
  const bytes = Buffer.from(Uint8Array.from({ length: 2_500_000 }, (_, i) => i % 251))
  const upload = bucket.openUploadStream('x')
  await new Promise<void>((resolve, reject) => upload.on('finish', resolve).on('error', reject).end(bytes))
  const read: Buffer[] = []
  for await (const chunk of bucket.openDownloadStream(upload.id, { start: 1_000_000, end: 2_200_000 })) read.push(chunk)
  t.ok(Buffer.concat(read).equals(bytes.subarray(1_000_000, 2_200_000)))
})
