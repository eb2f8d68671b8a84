import t from 'tap'
import { createClient, type Event, withId } from '../../src/client/index.ts'
import { aLine, busy, cutOff, held, lost } from '../helpers/client/line.ts'
import { aServer } from '../helpers/client/server.ts'
import { loggedEvents } from '../helpers/log.ts'
import { noise } from '../helpers/pictures.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { db } = world.database
const owner = await world.signsUp('owner')
const { body: image } = await owner.uploads(await noise(8, 8))
const { key } = await world.hasKey({ app: 'shop', scopes: ['events:write'] })

/** Views of people of a test of their own. */
function views(count: number, listId: string): Event[] {
  return Array.from({ length: count }, (_, index) => ({
    imageId: image.id,
    type: 'view',
    appUserId: `person-${index}`,
    listId,
  }))
}

const stored = (listId: string) => loggedEvents(db, { listId })
const sizes = (bodies: string[]) => bodies.map(body => JSON.parse(body).length)

t.test('events that are sent one by one go together, and each call gets its own outcome', async t => {
  const { client, line } = aServer(world.url, key)
  const [first, second, third] = views(3, 'together') as [Event, Event, Event]
  const unknown: Event = { ...third, imageId: 'nothing' }
  const sent = await Promise.all([
    client.events.send(first),
    client.events.send([second, unknown]),
    client.events.send([]),
  ])
  t.match(sent, [
    { accepted: 1, rejectedCount: 0, rejected: [] },
    { accepted: 1, rejectedCount: 1, rejected: [{ index: 1, code: 'unknown_image', pointer: '/imageId' }] },
    { accepted: 0, rejectedCount: 0, rejected: [] },
  ])
  t.same(sizes(line.bodies), [3])
  t.equal(await stored('together'), 2)
})

t.test('events that are sent while a batch is under way go with the next ones', async t => {
  const { client, line } = aServer(world.url, key)
  const { fault, release } = held()
  line.next(/events/, fault)
  const first = client.events.send(views(1, 'meanwhile'))
  await new Promise(setImmediate)
  const others = views(2500, 'meanwhile').map(view => client.events.send(view))
  release()
  await client.events.flush()
  t.ok((await Promise.all([first, ...others])).every(({ accepted }) => accepted === 1))
  t.same(sizes(line.bodies), [1, 1000, 1000, 500])
})

t.test('a batch has at most as many bytes as the service accepts', async t => {
  const { client, line } = aServer(world.url, key)
  const wordy = views(700, 'wordy').map(view => ({ ...view, context: Object.fromEntries(texts()) }))
  t.match(await client.events.send(wordy), { accepted: 700, rejectedCount: 0 })
  t.ok(line.bodies.length > 1)
  t.ok(line.bodies.every(body => Buffer.byteLength(body) < 4 * 1024 * 1024))
})

/** The longest context. */
function texts(): [string, string][] {
  return Array.from({ length: 10 }, (_, index) => [`text${index}`, '語'.repeat(200)])
}

t.test('events whose answer was lost are sent again, and count once', async t => {
  const { client, line } = aServer(world.url, key)
  line.next(/events/, lost, cutOff, busy())
  t.match(await client.events.send(views(3, 'again')), { accepted: 3, rejectedCount: 0 })
  t.equal(line.bodies.length, 4)
  t.equal(new Set(line.bodies).size, 1, 'they have the same ids')
  t.equal(await stored('again'), 3)
})

t.test('an event that an app keeps has the same id whenever it is sent', async t => {
  const [view] = views(1, 'kept') as [Event]
  const kept = withId(view)
  t.same(withId(kept), kept)
  const timed = withId({ ...view, at: new Date(Date.now() - 60_000).toISOString() })
  for (let turn = 0; turn < 2; turn++)
    t.match(await aServer(world.url, key).client.events.send([kept, timed]), { accepted: 2 })
  t.equal(await stored('kept'), 2)
})

t.test('a batch that the service refuses rejects all calls that have events in it', async t => {
  const line = aLine()
  const client = createClient({ url: world.url, key: 'no key', fetch: line.fetch })
  const sent = await Promise.allSettled([
    client.events.send(views(1, 'refused')),
    client.events.send(views(1500, 'refused')),
  ])
  for (const one of sent) t.match(one, { status: 'rejected', reason: { name: 'Problem', status: 401 } })
  await client.events.flush()
  t.equal(line.bodies.length, 1, 'what is left of a rejected call is not sent')
})

t.test('the queue is bounded', async t => {
  const { client, line } = aServer(world.url, key)
  const { fault, release } = held()
  line.next(/events/, fault)
  const first = client.events.send(views(1, 'bounded'))
  await new Promise(setImmediate)
  const full = client.events.send(views(10_000, 'bounded'))
  await t.rejects(client.events.send(views(1, 'bounded')), { name: 'Problem', code: 'queue_full' })
  release()
  t.match(await first, { accepted: 1 })
  t.match(await full, { accepted: 10_000 })
})

t.test('a signal takes back events that wait', async t => {
  const { client, line } = aServer(world.url, key)
  const { fault, release } = held()
  line.next(/events/, fault)
  const first = client.events.send(views(1, 'taken back'))
  await new Promise(setImmediate)
  const stop = new AbortController()
  const second = client.events.send(views(5, 'taken back'), { signal: stop.signal })
  stop.abort(new Error('never mind'))
  await t.rejects(second, { message: 'never mind' })
  await t.rejects(client.events.send(views(5, 'taken back'), { signal: stop.signal }), { message: 'never mind' })
  release()
  t.match(await first, { accepted: 1 })
  await client.events.flush()
  t.equal(await stored('taken back'), 1)
})
