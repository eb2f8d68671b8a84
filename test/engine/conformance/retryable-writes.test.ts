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

/** Cuts the connection instead of returning the reply to the next command with this name, which the driver then sends again. */
function loseReplyTo(command: string) {
  wire.onReply = sent => {
    if (!(command in sent)) return 'pass'
    wire.onReply = () => 'pass'
    return 'cut'
  }
}

for (const ordered of [true, false]) {
  t.test(`a bulk of several writes is executed completely (${ordered ? 'ordered' : 'unordered'})`, async t => {
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

  t.test(`a write whose reply was lost is executed once (${ordered ? 'ordered' : 'unordered'})`, async t => {
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
}

t.test('findAndModify whose reply was lost is executed once', async t => {
  await threeCounters()
  loseReplyTo('findAndModify')
  const changed = await counters.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } }, { returnDocument: 'after' })
  t.match(changed, { n: 1 })
  t.match(await counters.findOne({ _id: 1 }), { n: 1 })
})
