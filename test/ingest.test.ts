import t from 'tap'
import { flush } from '../src/events/flush.ts'
import { Ingest } from '../src/events/ingest.ts'
import { anEntry, flushParts, silent } from './helpers/log.ts'
import { ownDatabase } from './helpers/mongodb.ts'

const database = await ownDatabase(t)
const { db } = database
const stored = (filter: object) => db.collection('events').countDocuments(filter)

t.test('the mark stands before the event does', async t => {
  let marks = 0
  const parts = await flushParts(database, log => ({
    insert: async events => {
      marks = await db.collection('marks').countDocuments({ imageId: 'order' })
      return log.insert(events)
    },
  }))
  t.same(await flush([anEntry('order')], parts), [undefined])
  t.equal(marks, 1)
})

t.test('an answer that took longer than the hold marks again', async t => {
  const tokens: string[] = []
  const clock = Date.now
  t.teardown(() => {
    Date.now = clock
  })
  const parts = await flushParts(database, log => ({
    insert: async events => {
      tokens.push((await db.collection('marks').findOne({ imageId: 'late' }))?.token)
      const done = await log.insert(events)
      Date.now = () => clock() + 4000
      return done
    },
  }))
  await flush([anEntry('late')], parts)
  tokens.push((await db.collection('marks').findOne({ imageId: 'late' }))?.token)
  t.equal(new Set(tokens).size, 2)
})

t.test('a flush whose outcome is not known goes on until it is', async t => {
  let attempts = 0
  const parts = await flushParts(database, log => ({
    insert: async events => {
      const done = await log.insert(events)
      if (++attempts < 3) throw new Error('the answer was lost')
      return done
    },
  }))
  const ingest = new Ingest(parts, { events: 1000, bytes: 1e6 }, silent)
  t.same(await ingest.submit([anEntry('lost')]), [undefined])
  t.equal(attempts, 3)
  t.equal(await stored({ imageId: 'lost' }), 1)
})

t.test('a full queue takes nothing, says when to come again, and a drain answers all it took', async t => {
  let open: () => void = () => undefined
  const gate = new Promise<void>(resolve => {
    open = resolve
  })
  const parts = await flushParts(database, log => ({ insert: events => gate.then(() => log.insert(events)) }))
  const ingest = new Ingest(parts, { events: 10, bytes: 1e6 }, silent)
  const taken = Array.from({ length: 10 }, () => ingest.submit([anEntry('queue')]))
  const refused = (error: unknown) => t.match(error, { code: 'unavailable', headers: { 'retry-after': /\d/ } })
  try {
    await ingest.submit([anEntry('queue')])
    t.fail('an eleventh was taken')
  } catch (error) {
    refused(error)
  }
  const drained = ingest.drain()
  open()
  await drained
  t.equal((await Promise.all(taken)).length, 10)
  t.equal(await stored({ imageId: 'queue' }), 10)
  t.throws(() => ingest.submit([anEntry('queue')]), { code: 'unavailable' })
})
