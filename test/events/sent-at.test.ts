import t from 'tap'
import { uuidv7 } from 'uuidv7'
import { eventId } from '../../src/events/event-id.ts'
import { loggedEvents } from '../helpers/log.ts'
import { noise } from '../helpers/pictures.ts'
import { openWorld } from '../helpers/world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const world = await openWorld(t)
const { db } = world.database
const ann = await world.signsUp('ann')
const { body: image } = await ann.uploads(await noise(30, 20))
const shop = await world.hasKey({ app: 'shop', scopes: ['events:write'] })
const iso = (time: number) => new Date(time).toISOString()

/** A device whose clock is ahead by some ms; behind, if negative. */
function device(ahead: number) {
  const now = () => Date.now() + ahead
  return {
    /** A view that happened `ago` ms ago, with the time of the device. */
    sees: (listId: string, ago: number, id = `${listId} ${ago}`) => ({
      id,
      imageId: image.id,
      type: 'view',
      visitorId: 'v',
      listId,
      at: iso(now() - ago),
    }),
    sends: (events: object[], sentAt: unknown = iso(now())) =>
      world.asks('POST', '/v1/events', { key: shop.key, json: { sentAt, events } }),
  }
}

async function timesOf(listId: string): Promise<number[]> {
  const found = await db.collection('eventsOnce').find({ listId }).sort({ at: 1 }).toArray()
  return found.map(({ at }) => at.getTime())
}

for (const [name, ahead] of [
  ['three hours ahead', 3 * HOUR],
  ['six days behind', -6 * DAY],
] as const) {
  t.test(`events of a clock that is ${name} get the time of the service`, async t => {
    const phone = device(ahead)
    const sent = Date.now()
    const answer = await phone.sends([phone.sees(name, 10 * 60_000), phone.sees(name, 1_000)])
    t.match(answer, { status: 202, body: { accepted: 2, rejected: [] } })
    const [first = 0, second = 0] = await timesOf(name)
    t.ok(Math.abs(first - (sent - 10 * 60_000)) < 60_000, iso(first))
    t.ok(Math.abs(second - sent) < 60_000, iso(second))
  })
}

t.test('an event that is sent again, at another time or in another batch, counts once and keeps its time', async t => {
  const phone = device(2 * HOUR)
  const events = [1, 2, 3].map(n => phone.sees('again', 2 * HOUR + n * 60_000))
  t.match(await phone.sends(events), { body: { accepted: 3 } })
  const before = await timesOf('again')
  t.match(await phone.sends(events.slice(1)), { body: { accepted: 2 } })
  // The same body once more, as if an hour later.
  t.match(await phone.sends(events, iso(Date.now() + HOUR)), { body: { accepted: 3 } })
  // The clock of the device has been set meanwhile.
  t.match(await phone.sends(events, iso(Date.now())), { body: { accepted: 3 } })
  t.same(await timesOf('again'), before)
  t.equal(await loggedEvents(db, { listId: 'again' }), 3)
})

t.test(
  'a clock that is right within a minute is not corrected, and its events may be sent without their batch',
  async t => {
    const phone = device(20_000)
    const event = phone.sees('right', 30_000)
    t.match(await phone.sends([event]), { body: { accepted: 1 } })
    t.match(await world.asks('POST', '/v1/events', { key: shop.key, json: [event] }), { body: { accepted: 1 } })
    t.same(await timesOf('right'), [Date.parse(event.at)])
  },
)

t.test('a UUIDv7 carries the time of the device, and must agree with it', async t => {
  const phone = device(5 * HOUR)
  const uuid = uuidv7()
  const wrong = { ...phone.sees('uuid', 0), id: uuid }
  t.match((await phone.sends([wrong])).body.rejected, [{ code: 'at_mismatch' }])
  const { at: _, ...event } = wrong
  t.match(await phone.sends([event], iso(Date.now() + 2 * HOUR)), { body: { accepted: 1 } })
  const [time = 0] = await timesOf('uuid')
  t.ok(Math.abs(time - (Date.now() - 2 * HOUR)) < 60_000)
})

t.test('the acceptance window is that of the service', async t => {
  const phone = device(3 * DAY)
  const { body } = await phone.sends([
    phone.sees('window', 8 * DAY),
    phone.sees('window', 6 * DAY),
    phone.sees('window', -HOUR),
  ])
  t.match(body, {
    accepted: 1,
    rejected: [
      { index: 0, code: 'out_of_window' },
      { index: 2, code: 'out_of_window' },
    ],
  })
})

t.test('events without an id are corrected too', async t => {
  const phone = device(DAY)
  const { id: _, ...event } = phone.sees('no id', 60_000)
  t.match(await phone.sends([event, event]), { body: { accepted: 2 } })
  const times = await timesOf('no id')
  t.equal(times.length, 2)
  t.ok(times.every(time => Math.abs(time - (Date.now() - 60_000)) < 60_000))
})

t.test('an event whose corrected time was stored, but which was not, is stored with it', async t => {
  const phone = device(4 * HOUR)
  const event = phone.sees('crash', 0)
  const at = new Date(Math.floor(Date.now() / 1000) * 1000 - 10_000)
  const _id = eventId(new Date(event.at), 'app:shop', event.id, image.id, 'view')
  await db.collection('correctedtimes').insertOne({ _id: _id as never, at, expiresAt: new Date(Date.now() + DAY) })
  t.match(await phone.sends([event]), { body: { accepted: 1 } })
  t.same(await timesOf('crash'), [at.getTime()])
})

t.test('a batch with a fault is refused, with the field, and nothing of it is stored', async t => {
  const phone = device(0)
  const events = [phone.sees('faults', 0)]
  const sentAt = iso(Date.now())
  const cases: [object, string][] = [
    [{ events }, '/sentAt'],
    [{ sentAt }, '/events'],
    [{ sentAt: 'now', events }, '/sentAt'],
    [{ sentAt: Date.now(), events }, '/sentAt'],
    [{ sentAt: '2026-02-30T10:00:00Z', events }, '/sentAt'],
    [{ sentAt: iso(Date.now() - 8 * DAY), events }, '/sentAt'],
    [{ sentAt: iso(Date.now() + 8 * DAY), events }, '/sentAt'],
    [{ sentAt, events: events[0] }, '/events'],
    [{ sentAt, events, more: 1 }, '/more'],
  ]
  for (const [json, pointer] of cases) {
    const answer = await world.asks('POST', '/v1/events', { key: shop.key, json })
    t.match(answer, { status: 400, body: { code: 'invalid_request', errors: [{ pointer }] } }, JSON.stringify(json))
  }
  const many = await phone.sends(Array(1_001).fill(events[0]))
  t.match(many, { status: 413, body: { code: 'payload_too_large' } })
  t.equal(await loggedEvents(db, { listId: 'faults' }), 0)
  t.match(await phone.sends([]), { status: 202, body: { accepted: 0 } })
})
