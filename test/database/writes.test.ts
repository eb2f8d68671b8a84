import mongoose from 'mongoose'
import t from 'tap'
import { sendUpserts, sendWrites } from '../../src/database/writes.ts'
import { deleteMarks, putMarks } from '../../src/events/marks/marks.ts'
import { ownDatabase } from '../helpers/database/mongodb.ts'
import { aWire } from '../helpers/database/wire.ts'
import { anEvent } from '../helpers/log.ts'

const { db } = await ownDatabase(t)
const wire = await aWire(t)
const client = await mongoose.mongo.MongoClient.connect(wire.uri)
t.teardown(() => client.close())
const observed = client.db(db.databaseName)

/** Returns the ids of the items of the writes that are sent while `work` runs. */
async function idsSentBy(work: () => Promise<unknown>): Promise<unknown[][]> {
  const sent: unknown[][] = []
  wire.onRequest = ({ documents, updates, deletes }) => {
    const items: mongoose.mongo.Document[] | undefined = documents ?? updates ?? deletes
    if (items) sent.push(items.map(({ _id, q }) => _id ?? q._id))
    return 'pass'
  }
  await work()
  wire.onRequest = () => 'pass'
  return sent
}

t.test('concurrent bulk writes of the same documents in different orders send them in one order', async t => {
  const documents = ['c', 'a', 'e', 'b', 'd'].map(_id => ({ _id }))
  const updates = documents.map(q => ({ q, u: { $set: { seen: true } } }))
  const deletes = documents.map(q => ({ q, limit: 1 }))
  const sorted = ['a', 'b', 'c', 'd', 'e']
  const items = 'items'
  for (const write of [
    { insert: items, documents },
    { update: items, updates },
    { delete: items, deletes },
  ]) {
    t.same(await idsSentBy(() => sendWrites(observed, write)), [sorted])
  }
  t.equal(await db.collection('items').countDocuments(), 0)
})

t.test('marks are written and deleted in the same order, whatever the order of the buckets', async t => {
  const start = new Date('2026-11-29T10:00:00Z')
  const later = new Date('2026-11-29T10:01:00Z')
  const buckets = ['q', 'p', 'r'].flatMap(imageId =>
    [later, start].map(time => ({ imageId, grain: 'minute' as const, start: time })),
  )
  const [first] = await idsSentBy(() => putMarks(observed, buckets))
  const [second] = await idsSentBy(() => putMarks(observed, [...buckets].reverse()))
  const marks = await db.collection<never>('marks').find().toArray()
  const [third] = await idsSentBy(() => deleteMarks(observed, marks))
  t.equal(first?.length, 6)
  t.same(second, first)
  t.same(third, first)
})

t.test('a failed item is named by its place in the write given', async t => {
  await db.collection<{ _id: string }>('taken').insertOne({ _id: 'a' })
  const { failed } = await sendWrites(observed, { insert: 'taken', documents: [{ _id: 'b' }, { _id: 'a' }] })
  t.match(failed, [{ index: 1, code: 11000 }])
  t.equal(failed.length, 1)
})

t.test('of two events with one id the first one given is stored', async t => {
  const event = anEvent('twice')
  const documents = [anEvent('other'), { ...event, person: 'first' }, { ...event, person: 'second' }]
  const { failed } = await sendWrites(observed, { insert: 'log', documents })
  t.match(failed, [{ index: 2, code: 11000 }])
  t.match(await db.collection<never>('log').findOne({ _id: event._id } as never), { person: 'first' })
})

t.test('upserts that write one document twice keep their order', async t => {
  const q = { _id: 'one' }
  const updates = [{ n: 1 }, { n: 2 }].map(set => ({ q, u: { $set: set } }))
  await sendUpserts(observed, 'twice', [{ q: { _id: 'zero' }, u: { $set: { n: 0 } } }, ...updates])
  t.match(await db.collection('twice').findOne({ n: 2 }), { _id: 'one' })
})
