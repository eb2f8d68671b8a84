import { buffer } from 'node:stream/consumers'
import t from 'tap'
import { type User, users } from '../../src/accounts/users/user.ts'
import { prepareCollections } from '../../src/database/collections.ts'
import { connect } from '../../src/database/connect.ts'
import { limitedTo } from '../../src/database/time-limits.ts'
import { sendWrites } from '../../src/database/writes.ts'
import { Ingest } from '../../src/events/ingest/ingest.ts'
import { Blobs } from '../../src/images/storage/blobs.ts'
import { Receipts } from '../../src/privacy/erasure/receipts.ts'
import { tombstoneReader } from '../../src/privacy/erasure/tombstones.ts'
import { ownDatabase } from '../helpers/database/mongodb.ts'
import { aWire, isHandshake } from '../helpers/database/wire.ts'
import { anEntry, flushParts, loggedEvents, SECRET, silent } from '../helpers/log.ts'

const { db: direct } = await ownDatabase(t)
const wire = await aWire(t)
const database = await connect(wire.uri, direct.databaseName, 500)
t.teardown(() => database.connection.close())
const { client, db } = database
const items = db.collection<{ _id: string; n?: number }>('items')
const people = users(database.connection)
const anAccount = (_id: string): User => ({
  _id,
  email: _id,
  emailKey: _id,
  passwordHash: 'x',
  roles: ['user'],
  createdAt: new Date(),
})
const blobs = new Blobs(db)

/** Every kind of call that the service makes. */
const CALLS: Record<string, () => Promise<unknown>> = {
  insertOne: () => items.insertOne({ _id: 'a' }),
  insertMany: () => items.insertMany([{ _id: 'b' }, { _id: 'c' }]),
  updateOne: () => items.updateOne({ _id: 'a' }, { $set: { n: 1 } }),
  updateMany: () => items.updateMany({}, { $set: { n: 1 } }),
  deleteOne: () => items.deleteOne({ _id: 'none' }),
  deleteMany: () => items.deleteMany({ _id: 'none' }),
  findOneAndUpdate: () => items.findOneAndUpdate({ _id: 'a' }, { $set: { n: 2 } }),
  findOneAndDelete: () => items.findOneAndDelete({ _id: 'none' }),
  findOneAndReplace: () => items.findOneAndReplace({ _id: 'none' }, { n: 2 }),
  replaceOne: () => items.replaceOne({ _id: 'none' }, { n: 2 }),
  findOne: () => items.findOne({ _id: 'a' }),
  find: () => items.find().toArray(),
  aggregate: () => items.aggregate([{ $match: {} }]).toArray(),
  countDocuments: () => items.countDocuments(),
  distinct: () => items.distinct('n'),
  'a bulk write': () => sendWrites(db, { update: 'items', updates: [{ q: { _id: 'a' }, u: { $set: { n: 3 } } }] }),
  ping: () => db.command({ ping: 1 }),
  'a new document of a model': () => people.create(anAccount('ann')),
  'a query of a model': () => people.findOne({ _id: 'none' }).lean(),
  'a list of a model': () => people.find().limit(2).lean(),
  'a check of a model': () => people.exists({ _id: 'none' }),
  'a pipeline of a model': () => people.aggregate([{ $match: { _id: 'none' } }]),
  'an update of a model': () => people.updateOne({ _id: 'none' }, { displayName: 'x' }),
  'updates of a model': () => people.updateMany({ _id: 'none' }, { displayName: 'x' }),
  'an update of a model that returns it': () => people.findOneAndUpdate({ _id: 'none' }, { displayName: 'x' }).lean(),
  'a deletion of a model': () => people.deleteOne({ _id: 'none' }),
  'the list of erased people': tombstoneReader(db, new Receipts(db, SECRET)),
  'the bytes of a blob': async () => buffer(await blobs.read('blob', 0, 3)),
  'a transaction': () =>
    client.withSession(async session => {
      session.startTransaction()
      await items.insertOne({ _id: 'in a transaction' }, { session })
      await session.abortTransaction()
    }),
}

t.before(async () => {
  await direct.createCollection('items')
  await direct.collection('blobs.chunks').insertOne({ files_id: 'blob', n: 0, data: Buffer.from('abc') })
})

t.test('every call tells the server its time limit', async t => {
  for (const [name, call] of Object.entries(CALLS)) {
    const limits: unknown[] = []
    wire.onRequest = command => {
      if (!('abortTransaction' in command || 'endSessions' in command || 'hello' in command))
        limits.push(command.maxTimeMS)
      return 'pass'
    }
    // Whether it succeeds within the limit depends on the machine.
    await call().catch(() => undefined)
    t.ok(limits.length > 0 && limits.every(limit => limit === 500), `${name}: ${limits}`)
  }
})

t.test('every call fails when the server stands still', async t => {
  await Promise.all(Object.values(CALLS).map(call => call().catch(() => undefined)))
  wire.onRequest = command => (isHandshake(command) ? 'pass' : 'stall')
  await Promise.all(Object.entries(CALLS).map(([name, call]) => t.rejects(call(), { name: /^Mongo/ }, name)))
  wire.onRequest = () => 'pass'
  await items.findOne({ _id: 'a' })
})

t.test('a call may have another limit', async t => {
  let limit: unknown
  wire.onRequest = ({ maxTimeMS }) => {
    limit = maxTimeMS
    return 'pass'
  }
  await items.find({}, limitedTo(60_000)).toArray()
  t.equal(limit, 60_000)
  wire.onRequest = () => 'pass'
})

/** Runs `call` while the reply to its command is held back until another call has been given up. */
async function whileOthersFail(name: string, call: () => Promise<unknown>): Promise<unknown> {
  let failed = false
  wire.onRequest = command => (command.find === 'others' ? 'stall' : 'pass')
  wire.onReply = async command => {
    if (failed || !(name in command)) return 'pass'
    await t.rejects(db.collection('others').findOne({}), { name: /^Mongo/ })
    failed = true
    return 'pass'
  }
  const result = await call()
  t.ok(failed)
  wire.onRequest = () => 'pass'
  wire.onReply = () => 'pass'
  return result
}

t.test('a call with a longer limit waits longer for its answer, and indexes are built without a limit', async t => {
  await direct.collection<{ _id: string }>('items').insertOne({ _id: 'late' })
  const found = await whileOthersFail('find', () => items.find({ _id: 'late' }, limitedTo(60_000)).toArray())
  t.same(found, [{ _id: 'late' }])
  const spec = { name: 'indexed', indexes: [{ key: { n: 1 } as const }] }
  await whileOthersFail('createIndexes', () => prepareCollections(database, [spec]))
  t.equal((await direct.collection('indexed').indexes()).length, 2)
})

for (const [what, collection] of [
  ['marks', 'marks'],
  ['events', 'events'],
] as const) {
  t.test(`a flush whose write of ${what} is not answered is repeated, and its events are stored once`, async t => {
    const ingest = new Ingest(await flushParts(database), { events: 1_000, bytes: 1e6 }, silent)
    let stalled = 0
    wire.onRequest = command =>
      [command.insert, command.update].includes(collection) && stalled++ === 0 ? 'stall' : 'pass'
    t.same(await ingest.submit([anEntry(`stalled ${what}`)]), [undefined])
    t.ok(stalled >= 2)
    wire.onRequest = () => 'pass'
    t.equal(await loggedEvents(direct, { imageId: `stalled ${what}` }), 1)
  })
}

t.test('a flush that takes too long is written in halves', async t => {
  const ingest = new Ingest(await flushParts(database), { events: 1_000, bytes: 1e6 }, silent)
  const sizes: number[] = []
  wire.onRequest = ({ insert, documents }) => {
    if (insert !== 'events') return 'pass'
    sizes.push(documents.length)
    return documents.length > 1 ? 'stall' : 'pass'
  }
  t.same(await ingest.submit([anEntry('halves'), anEntry('halves')]), [undefined, undefined])
  t.same(sizes, [2, 2, 1, 1])
  wire.onRequest = () => 'pass'
  t.equal(await loggedEvents(direct, { imageId: 'halves' }), 2)
})
