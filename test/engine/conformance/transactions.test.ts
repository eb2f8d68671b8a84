/**
 * Checks that the server of the test run behaves as the MongoDB manual says, as far as this product relies on it. A difference
 * between the embedded engine and a real mongod fails here.
 */
import mongoose from 'mongoose'
import t from 'tap'
import { codeOf } from '../../helpers/database/error-code.ts'
import { ownDatabase } from '../../helpers/database/mongodb.ts'
import { aWire } from '../../helpers/database/wire.ts'

const { client, db } = await ownDatabase(t)
const MAJORITY = { w: 'majority' } as const

// biome-ignore lint/suspicious/noExplicitAny: documents and ids of any shape
const collection = (name: string) => db.collection<any>(name)

t.test('a transaction is visible as a whole or not at all', async t => {
  const docs = collection('transactions')
  await docs.insertOne({ _id: 'there' })
  const work = (last: { _id: string }) =>
    client.withSession(session =>
      session.withTransaction(async () => {
        await docs.insertOne({ _id: `with ${last._id}` }, { session })
        t.equal(await docs.countDocuments({ _id: `with ${last._id}` }), 0, 'not visible outside before the commit')
        await docs.insertOne(last, { session })
      }),
    )
  t.equal(await codeOf(work({ _id: 'there' })), 11000)
  t.equal(await docs.countDocuments(), 1)
  await work({ _id: 'new' })
  t.equal(await docs.countDocuments(), 3)
})

t.test('conflicting transactions are all applied exactly once', async t => {
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

t.test('of transactions that insert one unique key one succeeds, the others fail as duplicates', async t => {
  const docs = collection('unique')
  await docs.createIndex({ key: 1 }, { unique: true })
  const insert = (i: number) =>
    client.withSession(session => session.withTransaction(() => docs.insertOne({ _id: i, key: 'one' }, { session })))
  const codes = await Promise.all(Array.from({ length: 12 }, (_, i) => codeOf(insert(i))))
  t.same(codes.sort(), [0, ...Array(11).fill(11000)])
})

t.test('concurrent updates of many documents do not fail', async t => {
  const docs = collection('many')
  await docs.insertMany(Array.from({ length: 200 }, (_, i) => ({ _id: i, n: 0 })))
  await Promise.all(Array.from({ length: 12 }, () => docs.updateMany({}, { $inc: { n: 1 } })))
  t.equal(await docs.countDocuments({ n: 12 }), 200)
})

t.test('a command of a transaction that exceeds its time limit fails with code 50', async t => {
  await collection('timed').insertOne({ _id: 1 })
  const slow = { $gt: [{ $size: { $filter: { input: { $range: [0, 1_000_000] }, cond: { $gt: ['$$this', 1] } } } }, 1] }
  await client.withSession(async session => {
    session.startTransaction()
    const limited = collection('timed').find({ $expr: slow }, { session, maxTimeMS: 20 }).sort({ _id: 1 })
    t.equal(await codeOf(limited.toArray()), 50)
    await session.abortTransaction()
  })
  t.equal((await collection('timed').find({ $expr: slow }).toArray()).length, 1, 'the limit ends with the transaction')
})

t.test('transactions and commands that create collections at once succeed, or fail with a transient error', async t => {
  const created = client.db(`${db.databaseName}-created`)
  t.teardown(() => created.dropDatabase())
  const inTransaction = (i: number) =>
    client.withSession(async session => {
      session.startTransaction()
      await created.collection(`c${i % 3}`).insertOne({}, { session })
      await session.commitTransaction()
    })
  for (let round = 0; round < 10; round++) {
    const transactions = Promise.allSettled([0, 1, 2, 3].map(inTransaction))
    await Promise.all([3, 4, 5].map(i => created.collection(`c${i}`).insertOne({})))
    for (const outcome of await transactions) {
      if (outcome.status === 'rejected') t.ok(outcome.reason.hasErrorLabel('TransientTransactionError'), outcome.reason)
    }
    await created.dropDatabase()
  }
})

t.test('replies contain the time of the cluster, which never decreases', async t => {
  const first = await db.command({ ping: 1 })
  const second = await db.command({ find: 'timed', filter: {} })
  for (const { operationTime, $clusterTime } of [first, second]) t.ok(operationTime.lte($clusterTime.clusterTime))
  t.ok(second.operationTime.gte(first.operationTime))
})

t.test('concurrent bulk writes of the same documents in different orders do not fail', async t => {
  const docs = collection('ordered')
  const ids = Array.from({ length: 200 }, (_, i) => i)
  await docs.insertMany(ids.map(_id => ({ _id, n: 0 })))
  const bulk = (writer: number) =>
    ids.map(i => ({ updateOne: { filter: { _id: (i * (2 * writer + 1)) % 200 }, update: { $inc: { n: 1 } } } }))
  await Promise.all([0, 1, 3, 4, 5, 6].map(writer => docs.bulkWrite(bulk(writer))))
  t.equal(await docs.countDocuments({ n: 6 }), 200)
})

t.test('a retryable write whose reply is lost is applied once', async t => {
  const wire = await aWire(t)
  const retrying = await mongoose.mongo.MongoClient.connect(wire.uri)
  t.teardown(() => retrying.close())
  const sent: mongoose.mongo.Document[] = []
  wire.onReply = command => (command.update === 'retried' && sent.push(command) === 1 ? 'cut' : 'pass')
  const docs = retrying.db(db.databaseName).collection<{ _id: number; n: number }>('retried')
  t.equal((await docs.updateOne({ _id: 1 }, { $inc: { n: 1 } }, { upsert: true })).upsertedCount, 1)
  const [first, again] = sent.map(({ lsid, txnNumber }) => ({ lsid, txnNumber }))
  t.same(again, first, 'retried with the same session and transaction number')
  t.same(await docs.find().toArray(), [{ _id: 1, n: 1 }])
})

t.test('a causally consistent session reads its own majority writes', async t => {
  await client.withSession({ causalConsistency: true }, async session => {
    await collection('causal').insertOne({ _id: 1 }, { session, writeConcern: MAJORITY })
    const options = { session, readConcern: { level: 'majority' }, readPreference: 'primary' } as const
    t.equal((await collection('causal').find({}, options).toArray()).length, 1)
  })
})

t.test('a transaction refuses commands that it can not contain, and is rolled back', async t => {
  const docs = collection('kept')
  await docs.insertOne({ _id: 1 })
  const session = client.startSession()
  session.startTransaction()
  await docs.insertOne({ _id: 2 }, { session })
  t.equal(await codeOf(db.command({ drop: 'kept' }, { session })), 263)
  await session.abortTransaction()
  await session.endSession()
  t.equal(await docs.countDocuments(), 1)
})

t.test('idle transactions do not delay other commands', async t => {
  const docs = collection('idle')
  await docs.insertOne({ _id: 1 })
  const sessions = Array.from({ length: 40 }, () => client.startSession())
  for (const session of sessions) {
    session.startTransaction()
    await docs.findOne({}, { session })
  }
  t.equal(await docs.countDocuments(), 1)
  await Promise.all(sessions.map(session => session.endSession()))
})
