import { EventEmitter, on } from 'node:events'
import t from 'tap'
import { createClient, type Event, type EventsAnswer } from '../../src/client/index.ts'
import { busy, held, lost } from '../helpers/client/line.ts'
import { aServer } from '../helpers/client/server.ts'
import { loggedEvents } from '../helpers/log.ts'
import { noise } from '../helpers/pictures.ts'
import { until } from '../helpers/until.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { db } = world.database
const owner = await world.signsUp('owner')
const { body: image } = await owner.uploads(await noise(8, 8))
const { key } = await world.hasKey({ app: 'shop', scopes: ['events:write'] })

/** A source of views, which tells how many were taken from it, and whether it was closed. */
function aSource(count: number, listId: string) {
  const source = {
    taken: 0,
    closed: false,
    async *[Symbol.asyncIterator](): AsyncGenerator<Event> {
      try {
        for (; source.taken < count; ) {
          const index = source.taken++
          yield { imageId: index === 7 ? 'nothing' : image.id, type: 'view', appUserId: `person-${index}`, listId }
        }
      } finally {
        source.closed = true
      }
    },
  }
  return source
}

const stored = (listId: string) => loggedEvents(db, { listId })
const linesOf = (body: string) => body.split('\n').length

t.test('a source of any length is sent part by part', async t => {
  const { client, line } = aServer(world.url, key)
  const progress: EventsAnswer[] = []
  const answer = await client.events.stream(aSource(12_000, 'long'), { onProgress: so => progress.push(so) })
  t.match(answer, { accepted: 11_999, rejectedCount: 1, rejected: [{ index: 7, code: 'unknown_image' }] })
  t.same(line.bodies.map(linesOf), [5000, 5000, 2000])
  t.equal(progress.length, 3)
  t.same(progress.at(-1), answer)
  t.equal(await stored('long'), 11_999)
})

t.test('an array is a source, and may be empty', async t => {
  const { client, line } = aServer(world.url, key)
  t.same(await client.events.stream([]), { accepted: 0, rejectedCount: 0, rejected: [], warnings: [], duplicates: 0 })
  t.equal(line.bodies.length, 0)
  const views: Event[] = [
    { id: 'the first', at: new Date().toISOString(), imageId: image.id, type: 'view', appUserId: 'a' },
  ]
  t.match(await client.events.stream(views), { accepted: 1 })
})

t.test('the place of a rejected event is that in the source, whichever part it is in', async t => {
  const { client } = aServer(world.url, key)
  const views: Event[] = []
  for (let index = 0; index < 6000; index++) {
    views.push({
      imageId: index % 5500 === 5499 ? 'nothing' : image.id,
      type: 'view',
      appUserId: 'p',
      listId: 'places',
    })
  }
  t.match(await client.events.stream(views), { accepted: 5999, rejected: [{ index: 5499 }] })
})

t.test('a source is read no faster than the service takes its events', async t => {
  const { client, line } = aServer(world.url, key)
  const { fault, release } = held()
  line.next(/events/, fault, fault)
  const source = aSource(40_000, 'slow')
  const stop = new AbortController()
  const answer = client.events.stream(source, { signal: stop.signal })
  await until('two parts are under way', async () => line.bodies.length === 2)
  await until('the third is full', async () => source.taken >= 15_000)
  for (let turn = 0; turn < 1000; turn++) await new Promise(setImmediate)
  t.equal(source.taken, 15_000)
  release()
  await until('it goes on', async () => source.taken > 15_000)
  stop.abort(new Error('enough'))
  await t.rejects(answer, { message: 'enough' })
})

t.test('parts whose answer was lost are sent again, and their events count once', async t => {
  const { client, line } = aServer(world.url, key)
  line.next(/events/, lost, busy(), lost)
  const answer = await client.events.stream(aSource(6000, 'again'))
  t.match(answer, { accepted: 5999, rejectedCount: 1 })
  t.equal(line.bodies.length, 5)
  t.equal(new Set(line.bodies).size, 2)
  t.equal(await stored('again'), 5999)
})

t.test('events of a slow source do not wait for its end', async t => {
  const { client } = aServer(world.url, key)
  const source = new EventEmitter()
  const stop = new AbortController()
  const events = (async function* () {
    for await (const [event] of on(source, 'event')) yield event as Event
  })()
  const answer = client.events.stream(events, { signal: stop.signal })
  source.emit('event', { imageId: image.id, type: 'view', appUserId: 'a', listId: 'live' })
  await until('it is stored', async () => (await stored('live')) === 1)
  stop.abort(new Error('the source goes on for ever'))
  await t.rejects(answer, { message: /for ever/ })
})

t.test('a stream ends when the service refuses it, and closes its source', async t => {
  const client = createClient({ url: world.url, key: 'no key' })
  const source = aSource(100_000, 'refused')
  await t.rejects(client.events.stream(source), { name: 'Problem', status: 401 })
  await until('the source is closed', async () => source.closed)
  t.ok(source.taken < 100_000)
})

t.test('a stream fails as its source fails', async t => {
  const { client } = aServer(world.url, key)
  const source = (function* (): Generator<Event> {
    yield { imageId: image.id, type: 'view', appUserId: 'a' }
    throw new Error('line 2 is damaged')
  })()
  await t.rejects(client.events.stream(source), { message: 'line 2 is damaged' })
})
