import mongoose from 'mongoose'
import t from 'tap'
import { loadConfig } from '../../../src/config/config.ts'
import { MAX_CONTEXT_KEYS, wireEventValidator } from '../../../src/events/event.ts'
import { acceptEvent, isRejection } from '../../../src/events/ingest/acceptance/accept-event.ts'
import { flush } from '../../../src/events/ingest/flush.ts'
import { Ingest } from '../../../src/events/ingest/ingest.ts'
import { sizeOf } from '../../../src/events/ingest/intake.ts'
import { ownDatabase } from '../../helpers/database/mongodb.ts'
import { aWire, type Wire } from '../../helpers/database/wire.ts'
import { anEntry, DAY, flushParts, loggedEvents, SECRET, silent } from '../../helpers/log.ts'
import { noise } from '../../helpers/pictures.ts'
import { until } from '../../helpers/until.ts'
import { ADMIN, openWorld } from '../../helpers/world.ts'

const database = await ownDatabase(t)
const { db } = database
const stored = (match: object) => loggedEvents(db, match)

t.test('the mark is written before the event', async t => {
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

t.test('an insert that takes longer than the hold renews the mark', async t => {
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

t.test('a flush with an unknown outcome is retried until the outcome is known', async t => {
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

/** The dependencies of a flush that inserts nothing before `open` is called. */
async function gatedParts() {
  let open: () => void = () => undefined
  const gate = new Promise<void>(resolve => {
    open = resolve
  })
  const parts = await flushParts(database, log => ({ insert: events => gate.then(() => log.insert(events)) }))
  return { parts, open: () => open() }
}

t.test('a full queue refuses events with Retry-After, and a drain stores all that it accepted', async t => {
  const { parts, open } = await gatedParts()
  const ingest = new Ingest(parts, { events: 10, bytes: 1e6 }, silent)
  const taken = Array.from({ length: 10 }, () => ingest.submit([anEntry('queue')]))
  const refused = (error: unknown) => t.match(error, { code: 'unavailable', headers: { 'retry-after': /\d/ } })
  try {
    await ingest.submit([anEntry('queue')])
    t.fail('an eleventh event was accepted')
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

t.test('waiting groups get room in the queue one after the other', async t => {
  const ingest = new Ingest(await flushParts(database), { events: 100, bytes: 1e6 }, silent)
  const groupOf = (count: number) => Array.from({ length: count }, () => anEntry('line'))
  const all = await Promise.all(Array.from({ length: 8 }, () => ingest.submitWhenRoom(groupOf(100))))
  t.equal(all.flat().length, 800)
  t.equal(await stored({ imageId: 'line' }), 800)
  t.equal(ingest.depth, 0)
  await t.rejects(
    ingest.submitWhenRoom(groupOf(101)),
    { code: 'unavailable' },
    'a group larger than the queue does not wait',
  )
})

t.test('the smallest queue that can be configured has room for the largest request', async t => {
  const words = (most: number) => '\u{1F3DE}'.repeat(most)
  const context = Object.fromEntries(
    Array.from({ length: MAX_CONTEXT_KEYS }, (_, i) => [`${i}`.padStart(40, 'x'), '\u0001'.repeat(200)]),
  )
  const geography = { country: 'CH', region: '\u0001'.repeat(100), city: '\u0001'.repeat(100) }
  const item = {
    imageId: 'i',
    type: 'tag',
    tag: words(50),
    listId: words(128),
    sessionId: words(128),
    geography,
    context,
  }
  t.ok(wireEventValidator.Check(item))
  const acceptance = { now: Date.now(), window: DAY, arrival: 0, typedSince: new Date(0), clockOffset: 0 }
  const accepted = acceptEvent(item, { kind: 'user', id: 'ann', roles: [], sessionId: '' }, acceptance)
  const heaviest = isRejection(accepted) ? Number.NaN : sizeOf(accepted)
  const smallest = loadConfig({ QUEUE_BYTES: '33554432', JWT_SECRET: SECRET, DATA_SECRET: SECRET })
  t.ok(smallest.queue.bytes >= 1_000 * heaviest, `${heaviest} bytes`)
})

t.test('room that waiting groups leave is used by others, and a drain refuses the waiting groups', async t => {
  const { parts, open } = await gatedParts()
  const ingest = new Ingest(parts, { events: 10, bytes: 1e6 }, silent)
  const groupOf = (count: number) => Array.from({ length: count }, () => anEntry('beside'))
  const first = ingest.submit(groupOf(5))
  const inLine = [ingest.submitWhenRoom(groupOf(6)), ingest.submitWhenRoom(groupOf(1))]
  const beside = ingest.submit(groupOf(5))
  t.equal(ingest.depth, 10)
  const drained = ingest.drain()
  await Promise.all(inLine.map(one => t.rejects(one, { code: 'unavailable', detail: 'shutting down' })))
  open()
  await drained
  t.equal((await Promise.all([first, beside])).flat().length, 10)
  t.equal(await stored({ imageId: 'beside' }), 10)
})

/** An ingest whose connection to the database a test can cut. */
async function throughWire(t: Parameters<typeof aWire>[0]) {
  const wire = await aWire(t)
  const client = await mongoose.mongo.MongoClient.connect(wire.uri, { retryWrites: false })
  t.teardown(() => client.close())
  const parts = await flushParts({ client, db: client.db(db.databaseName) })
  return { wire, ingest: new Ingest(parts, { events: 1000, bytes: 1e6 }, silent) }
}

/** Applies `act` to the first `times` commands of a kind on a collection; others pass. */
function toTheFirst(
  times: number,
  collection: string,
  kind: 'insert' | 'update',
  act: Wire['onReply'],
): Wire['onReply'] {
  let left = times
  return (command, reply) => (command[kind] === collection && left-- > 0 ? act(command, reply) : 'pass')
}

t.test('an insert whose reply is lost is stored once and acknowledged', async t => {
  const { wire, ingest } = await throughWire(t)
  wire.onReply = toTheFirst(2, 'events', 'insert', () => 'cut')
  t.same(await ingest.submit([anEntry('cut')]), [undefined])
  t.equal(await stored({ imageId: 'cut' }), 1)
})

t.test('a writeConcernError leaves the outcome unknown, and the insert is retried', async t => {
  const { wire, ingest } = await throughWire(t)
  let asked = 0
  wire.onReply = toTheFirst(2, 'events', 'insert', (_command, reply) => {
    asked++
    return { ...reply, writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } }
  })
  t.same(await ingest.submit([anEntry('concern')]), [undefined])
  t.equal(asked, 2)
  t.equal(await stored({ imageId: 'concern' }), 1)
})

t.test('a permanent error of one item rejects only that item', async t => {
  const { wire, ingest } = await throughWire(t)
  const [good, bad] = [anEntry('refused'), anEntry('refused')]
  wire.onReply = toTheFirst(1, 'events', 'insert', ({ documents }, reply) => {
    const index = documents.findIndex(({ _id }: { _id: string }) => _id === bad.event._id)
    return { ...reply, n: 1, writeErrors: [{ index, code: 121, errmsg: 'failed validation' }] }
  })
  const outcomes = await ingest.submit([good, bad])
  t.match(outcomes, [undefined, { code: 'refused', detail: 'failed validation' }])
})

t.test('a transient error of an item leaves its outcome unknown', async t => {
  const { wire, ingest } = await throughWire(t)
  const writeErrors = [{ index: 0, code: 189, errmsg: 'the primary stepped down' }]
  wire.onReply = toTheFirst(1, 'events', 'insert', (_command, reply) => ({ ...reply, n: 0, writeErrors }))
  t.same(await ingest.submit([anEntry('shard')]), [undefined])
  t.equal(await stored({ imageId: 'shard' }), 1)
})

t.test('no event is inserted before its mark is written', async t => {
  const { wire, ingest } = await throughWire(t)
  let lost = 0
  let marked = false
  wire.onRequest = command => {
    if (command.insert === 'events') t.ok(marked, 'not before the mark is written')
    return command.update === 'marks' && lost++ < 3 ? 'cut' : 'pass'
  }
  wire.onReply = command => {
    if (command.update === 'marks') marked = true
    return 'pass'
  }
  t.same(await ingest.submit([anEntry('unmarked')]), [undefined])
  t.equal(await db.collection('marks').countDocuments({ imageId: 'unmarked' }), 1)
})

t.test(
  'a request that waits too long is answered with 503, and the flush is retried until the event is stored',
  async t => {
    const { wire, ingest } = await throughWire(t)
    let open = false
    wire.onReply = toTheFirst(Number.POSITIVE_INFINITY, 'events', 'insert', () => (open ? 'pass' : 'cut'))
    await t.rejects(ingest.submit([anEntry('patience')]), { code: 'unavailable', headers: { 'retry-after': /\d/ } })
    open = true
    await ingest.drain()
    t.equal(await stored({ imageId: 'patience' }), 1)
    t.equal(ingest.depth, 0)
  },
)

t.test('a full queue refuses valid and invalid events, and stores what it holds', async t => {
  const wire = await aWire(t)
  const world = await openWorld(t, { MONGODB_URI: wire.uri, QUEUE_EVENTS: '1000' })
  const root = await world.signsIn(ADMIN)
  const { body: image } = await root.uploads(await noise(20, 20))
  let open = false
  wire.onReply = command => (command.insert === 'events' && !open ? 'cut' : 'pass')
  const held = root.reports(Array.from({ length: 1_000 }, () => ({ imageId: image.id, type: 'view' })))
  const refused = await until('the queue is full', async () => {
    const answer = await root.reports({ type: 'nonsense' })
    return answer.status === 503 && answer
  })
  t.ok(refused.headers.get('retry-after'))
  open = true
  t.equal((await held).status, 202)
  t.equal((await root.reports({ type: 'nonsense' })).body.code, 'event_rejected')
})

t.test('a clock that differs too much from that of the database stops the ingest', async t => {
  const clock = Date.now
  t.teardown(() => {
    Date.now = clock
  })
  const parts = await flushParts(database)
  Date.now = () => clock() + 11 * 60_000
  await t.rejects(flush([anEntry('clock')], parts), /s off the database's/)
  Date.now = clock
  t.equal(await stored({ imageId: 'clock' }), 0)
})

t.test('an event older than the minute roll-ups marks its hour', async t => {
  const parts = await flushParts(database)
  const at = new Date(Date.now() - 20 * 86_400_000)
  await flush([anEntry('ancient', { at })], parts)
  t.match(await db.collection('marks').find({ imageId: 'ancient' }).toArray(), [{ _id: { grain: 'hour' } }])
})
