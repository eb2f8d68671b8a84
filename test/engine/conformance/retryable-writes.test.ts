import mongoose from 'mongoose'
import t from 'tap'
import { ownDatabase } from '../../helpers/database/mongodb.ts'
import { aWire } from '../../helpers/database/wire.ts'

const { db } = await ownDatabase(t)
const wire = await aWire(t)
const client = await mongoose.mongo.MongoClient.connect(wire.uri)
t.teardown(() => client.close())

interface Counter {
  _id: number
  n: number
}
const counters = client.db(db.databaseName).collection<Counter>('counters')
const inOrder = () => counters.find().sort({ _id: 1 }).toArray()

/** Replaces the documents by three counters of 0. */
async function threeCounters() {
  await counters.deleteMany({})
  await counters.insertMany([1, 2, 3].map(_id => ({ _id, n: 0 })))
}

/** Cuts the connection instead of returning the reply to the next command of each name, which the driver then sends again. */
function loseReplyTo(...commands: string[]) {
  const names = new Set(commands)
  wire.onReply = sent => (names.delete(Object.keys(sent)[0] ?? '') ? 'cut' : 'pass')
}

for (const ordered of [true, false]) {
  const name = ordered ? 'ordered' : 'unordered'

  t.test(`a bulk of several writes is executed completely (${name})`, async t => {
    await threeCounters()
    const updates = [1, 2, 3].map(_id => ({ updateOne: { filter: { _id }, update: { $inc: { n: 1 } } } }))
    t.equal((await counters.bulkWrite(updates, { ordered })).modifiedCount, 3)
    t.same(
      (await inOrder()).map(({ n }) => n),
      [1, 1, 1],
    )
    const deletes = [1, 2, 3].map(_id => ({ deleteOne: { filter: { n: 1, _id: { $lte: _id } } } }))
    t.equal((await counters.bulkWrite(deletes, { ordered })).deletedCount, 3)
    t.same(await inOrder(), [])
  })

  t.test(`a write whose reply was lost is executed once (${name})`, async t => {
    await threeCounters()
    loseReplyTo('update')
    const updates = [1, 2, 3, 1].map(_id => ({ updateOne: { filter: { _id }, update: { $inc: { n: 1 } } } }))
    t.equal((await counters.bulkWrite(updates, { ordered })).modifiedCount, 4)
    t.same(
      (await inOrder()).map(({ n }) => n),
      [2, 1, 1],
    )
    loseReplyTo('insert')
    t.equal(
      (
        await counters.insertMany(
          [4, 5, 6].map(_id => ({ _id, n: 0 })),
          { ordered },
        )
      ).insertedCount,
      3,
    )
    loseReplyTo('delete')
    const anyTwo = [1, 2].map(() => ({ deleteOne: { filter: {} } }))
    t.equal((await counters.bulkWrite(anyTwo, { ordered })).deletedCount, 2)
    t.equal(await counters.countDocuments(), 4)
  })

  t.test(`a bulk of all kinds of writes whose replies were lost is executed once (${name})`, async t => {
    await threeCounters()
    loseReplyTo('insert', 'update', 'delete')
    const result = await counters.bulkWrite(
      [
        { insertOne: { document: { _id: 4, n: 0 } } },
        { insertOne: { document: { _id: 5, n: 0 } } },
        { updateOne: { filter: { _id: 1 }, update: { $inc: { n: 1 } } } },
        { updateOne: { filter: { _id: 6 }, update: { $inc: { n: 1 } }, upsert: true } },
        { replaceOne: { filter: { _id: { $gt: 1 }, n: 0 }, replacement: { n: 7 } } },
        { deleteOne: { filter: { n: 0 } } },
      ],
      { ordered },
    )
    t.match(result, { insertedCount: 2, matchedCount: 2, modifiedCount: 2, upsertedCount: 1, deletedCount: 1 })
    t.same(result.upsertedIds, { 3: 6 })
    const values = (await inOrder()).map(({ n }) => n)
    t.same(values.sort(), [0, 0, 1, 1, 7])
  })
}

t.test('a bulk of thousands of updates whose reply was lost is executed once', async t => {
  await threeCounters()
  loseReplyTo('update')
  const updates = Array.from({ length: 2_500 }, () => ({
    updateOne: { filter: { _id: 1 }, update: { $inc: { n: 1 } } },
  }))
  t.equal((await counters.bulkWrite(updates)).modifiedCount, 2_500)
  t.match(await counters.findOne({ _id: 1 }), { n: 2_500 })
})

t.test('a write that is sent again while the server still executes it is executed once', async t => {
  await threeCounters()
  const session = client.startSession()
  session.startTransaction()
  await counters.updateOne({ _id: 2 }, { $inc: { n: 10 } }, { session })
  let sent = 0
  const sentAgain = new Promise<void>(resolve => {
    wire.onRequest = command => {
      if (!('update' in command)) return 'pass'
      if (++sent === 2) resolve()
      return sent === 1 ? 'pass and cut' : 'pass'
    }
  })
  // Waits for the transaction at the second counter.
  const updates = [1, 2, 3].map(_id => ({ updateOne: { filter: { _id }, update: { $inc: { n: 1 } } } }))
  const bulk = counters.bulkWrite(updates)
  await sentAgain
  await session.commitTransaction()
  t.equal((await bulk).modifiedCount, 3)
  t.equal(sent, 2)
  wire.onRequest = () => 'pass'
  await session.endSession()
  t.same(
    (await inOrder()).map(({ n }) => n),
    [1, 11, 1],
  )
})

t.test('findAndModify whose reply was lost is executed once', async t => {
  await threeCounters()
  loseReplyTo('findAndModify')
  const changed = await counters.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } }, { returnDocument: 'after' })
  t.match(changed, { n: 1 })
  t.match(await counters.findOne({ _id: 1 }), { n: 1 })
})

t.test('findOneAndDelete whose reply was lost is executed once', async t => {
  await threeCounters()
  loseReplyTo('findAndModify')
  t.match(await counters.findOneAndDelete({}, { sort: { _id: 1 } }), { _id: 1 })
  t.equal(await counters.countDocuments(), 2)
})
