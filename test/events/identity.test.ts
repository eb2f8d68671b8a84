import t from 'tap'
import { uuidv7 } from 'uuidv7'
import { eventId } from '../../src/events/event-id.ts'
import { typedIdsSince } from '../../src/events/log/typed-ids.ts'
import { ownDatabase } from '../helpers/database/mongodb.ts'
import { aLog, anEvent, loggedEvents } from '../helpers/log.ts'
import { noise } from '../helpers/pictures.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { db } = world.database
const ann = await world.signsUp('ann')
const { body: image } = await ann.uploads(await noise(30, 20))
const timeseries = (await db.listCollections({ name: 'events' }).toArray())[0]?.type === 'timeseries'

/** Sends events one after the other. @returns how many of them were duplicates, where the log tells */
async function sends(...events: object[]): Promise<number> {
  let found = 0
  for (const event of events) {
    const { status, body } = await ann.reports([{ imageId: image.id, ...event }])
    t.match({ status, body }, { status: 202, body: { accepted: 1 } }, JSON.stringify(event))
    found += body.duplicates
  }
  return found
}
const stored = (listId: string) => loggedEvents(db, { listId })

t.test('the type belongs to the identity of an event', async t => {
  const same = { id: 'one', at: new Date().toISOString(), listId: 'types' }
  const duplicates = await sends({ ...same, type: 'view' }, { ...same, type: 'click' }, { ...same, type: 'view' })
  t.equal(await stored('types'), 2)
  if (!timeseries) t.equal(duplicates, 1)
})

t.test('a UUIDv7 is the same in upper case, and a time is the same in every spelling', async t => {
  const at = Date.now() - 1000
  const id = uuidv7()
  await sends({ id, type: 'view', listId: 'case' }, { id: id.toUpperCase(), type: 'view', listId: 'case' })
  t.equal(await stored('case'), 1)
  const carried = new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toISOString()
  const spellings = [
    carried,
    carried.replace('Z', '+00:00'),
    carried.replace('Z', '789Z'),
    carried.replace(/\.\d+Z/, 'Z'),
    carried.replace(/(\.\d)\d+Z/, '$1+00:00'),
  ]
  await sends(...spellings.map(at => ({ id, at, type: 'view', listId: 'case' })))
  t.equal(await stored('case'), 1)
  const second = new Date(Math.floor(at / 1000) * 1000).toISOString()
  const whole = [second, second.replace('.000Z', 'Z'), second.replace('Z', '456+00:00')]
  const duplicates = await sends(...whole.map(at => ({ id: 'mine', at, type: 'view', listId: 'second' })))
  t.equal(await stored('second'), 1)
  if (!timeseries) t.equal(duplicates, 2)
  for (const wrong of ['+02:00', 'z', '.Z', '.1234567890Z', ''])
    t.equal(
      (await ann.reports({ imageId: image.id, type: 'view', at: second.replace('.000Z', wrong) })).status,
      400,
      wrong,
    )
})

t.test('an answer counts the duplicates of arrays, streams and single events', { skip: timeseries }, async t => {
  const event = { imageId: image.id, type: 'view', id: uuidv7() }
  t.match((await ann.reports([event, event])).body, { accepted: 2, duplicates: 1 })
  t.match((await ann.reports(event)).body, { accepted: 1, duplicates: 1 })
  const stream = await world.asks('POST', '/v1/events', {
    token: ann.token,
    headers: { 'content-type': 'application/x-ndjson' },
    body: `${JSON.stringify(event)}\n${JSON.stringify({ ...event, type: 'click' })}\n`,
  })
  t.match(stream.body, { accepted: 2, duplicates: 1 })
})

t.test('an event that an earlier version has stored counts once when it is sent again', async t => {
  const database = await ownDatabase(t)
  const log = await aLog(database)
  const at = new Date()
  await log.insert([anEvent('old', { at, _id: eventId(at, 'test', 'id', 'old') })])
  const since = await typedIdsSince(database.db, log)
  t.ok(since.getTime() > Date.now() + 3_000_000, 'such events get the same ids for an hour')
  t.same(await typedIdsSince(database.db, log), since, 'for all processes')
  const empty = await ownDatabase(t)
  t.same(await typedIdsSince(empty.db, await aLog(empty)), new Date(0), 'a new log has no such events')

  const upgraded = await openWorld(t, { DATABASE: database.db.databaseName })
  const cid = await upgraded.signsUp('cid')
  const { body } = await cid.uploads(await noise(31, 20))
  const own = { imageId: body.id, type: 'view', id: 'again', at: at.toISOString() } as const
  const _id = eventId(at, `user:${cid.id}`, own.id, body.id)
  await log.insert([anEvent(body.id, { at, _id, person: cid.id })])
  await cid.reports([own])
  t.equal(await loggedEvents(database.db, { imageId: body.id }), 1)
})
