import mongoose from 'mongoose'
import t from 'tap'
import { connect } from '../../src/database/connect.ts'
import { inTransaction } from '../../src/database/transaction.ts'
import { isUnavailable, UnknownOutcome } from '../../src/database/unavailability.ts'
import { ownDatabase } from '../helpers/database/mongodb.ts'
import { aWire } from '../helpers/database/wire.ts'

const TIME = 1_000

const { db: direct } = await ownDatabase(t)
await direct.createCollection('items')
const wire = await aWire(t)
const { client, db, connection } = await connect(wire.uri, direct.databaseName, TIME / 4)
t.teardown(() => connection.close())
const items = db.collection<{ _id: string }>('items')

const insert = (_id: string) => async (session: mongoose.mongo.ClientSession) => {
  await items.insertOne({ _id }, { session })
  return _id
}

t.test('a transaction returns what its work returns, and is repeated after a conflict', async t => {
  let attempts = 0
  const name = await inTransaction(client, async session => {
    const inserted = await insert('a')(session)
    if (attempts++ > 0) return inserted
    throw new mongoose.mongo.MongoServerError({ message: 'conflict', errorLabels: ['TransientTransactionError'] })
  })
  t.equal(name, 'a')
  t.equal(attempts, 2)
  t.equal(await direct.collection('items').countDocuments(), 1)
})

t.test('an error of the work undoes the transaction and is thrown', async t => {
  const work = async (session: mongoose.mongo.ClientSession) => {
    await insert('b')(session)
    throw new Error('no')
  }
  await t.rejects(inTransaction(client, work), { message: 'no' })
  t.equal(await direct.collection('items').countDocuments(), 1)
})

t.test('a transaction that conflicts again and again ends at its time limit', async t => {
  let attempts = 0
  const work = async (session: mongoose.mongo.ClientSession) => {
    await insert('c')(session)
    attempts++
    throw new mongoose.mongo.MongoServerError({ message: 'conflict', errorLabels: ['TransientTransactionError'] })
  }
  const error = await inTransaction(client, work, TIME).catch(error => error)
  t.type(error, UnknownOutcome)
  t.ok(isUnavailable(error))
  t.ok(attempts > 1)
  t.equal(await direct.collection('items').countDocuments({ _id: 'c' as never }), 0)
})

for (const command of ['insert', 'commitTransaction']) {
  t.test(`a transaction whose ${command} is never answered ends at its time limit`, async t => {
    let stalled = 0
    wire.onRequest = asked => (asked[command] && ++stalled ? 'stall' : 'pass')
    await t.rejects(inTransaction(client, insert(command), TIME), UnknownOutcome)
    wire.onRequest = () => 'pass'
    t.ok(stalled > 1, 'it was repeated')
    t.equal(await direct.collection('items').countDocuments({ _id: command as never }), 0)
    t.equal(await inTransaction(client, insert(`${command} again`)), `${command} again`, 'the next one succeeds')
  })
}
