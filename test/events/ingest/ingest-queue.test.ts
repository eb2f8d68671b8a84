import t from 'tap'
import type { FlushParts } from '../../../src/events/ingest/flush.ts'
import { Ingest } from '../../../src/events/ingest/ingest.ts'
import { EventQueue, type Group } from '../../../src/events/ingest/queue/event-queue.ts'
import { FlushWindow } from '../../../src/events/ingest/queue/flush-window.ts'
import { ownDatabase } from '../../helpers/database/mongodb.ts'
import { anEntry, flushParts, loggedEvents, silent } from '../../helpers/log.ts'
import { until } from '../../helpers/until.ts'

const database = await ownDatabase(t)
const entries = (imageId: string, count: number) => Array.from({ length: count }, () => anEntry(imageId))
const group = (lane: string, count: number): Group => ({
  lane,
  entries: entries(lane, count),
  taken: 0,
  cancelled: false,
})

/** A queue of groups, each given by its lane and its number of events. */
function aQueue(...groups: [string, number][]) {
  const queue = new EventQueue<Group>()
  for (const [lane, count] of groups) queue.add(group(lane, count))
  const takes = (events: number, bytes = 1e9) =>
    queue.take({ events, bytes }).map(part => [part.group.lane, part.entries.length])
  return { queue, takes }
}

t.test('single events are flushed before the batches of those who send many', async t => {
  const { takes } = aQueue(['many', 1_000], ['many', 1_000], ['ann', 1], ['bob', 1], ['ann', 1])
  t.same(takes(500), [
    ['ann', 1],
    ['ann', 1],
    ['bob', 1],
    ['many', 497],
  ])
  t.same(takes(5_000), [
    ['many', 503],
    ['many', 1_000],
  ])
})

t.test('senders get equal numbers of events, however large their batches are', async t => {
  const small = Array.from({ length: 100 }, (): [string, number] => ['small', 10])
  const { takes } = aQueue(['large', 500], ['large', 500], ...small)
  const sums = { large: 0, small: 0 }
  for (const [lane, count] of takes(1_000)) sums[lane as 'large'] += Number(count)
  t.same(sums, { large: 500, small: 500 })
})

t.test('a flush takes at most so many events and bytes, but at least one', async t => {
  const { queue, takes } = aQueue(['a', 10])
  t.same(takes(3), [['a', 3]])
  t.same(takes(100, 250), [['a', 2]], 'an entry has 100 bytes')
  t.same(takes(100, 10), [['a', 1]])
  t.equal(queue.waiting, 4)
})

t.test('what is cancelled is not taken', async t => {
  const queue = new EventQueue<Group>()
  const [first, second] = [group('a', 10), group('a', 5)]
  queue.add(first)
  queue.add(second)
  queue.take({ events: 4, bytes: 1e9 })
  t.equal(queue.cancel(first).length, 6)
  t.equal(queue.cancel(first).length, 0)
  t.equal(queue.waiting, 5)
  t.match(queue.take({ events: 100, bytes: 1e9 }), [{ group: second, from: 0 }])
})

t.test('the window grows while full flushes are quick, and shrinks to what a second allows', async t => {
  const window = new FlushWindow(2)
  t.equal(window.capacity, Number.POSITIVE_INFINITY)
  const first = window.size
  window.record(first - 1, 10)
  t.equal(window.size, first, 'a flush that is not full shows nothing')
  window.record(first, 10)
  t.equal(window.size, 2 * first)
  for (let i = 0; i < 20; i++) window.record(window.size, 10)
  t.equal(window.size, 5_000)
  window.record(5_000, 100_000)
  t.equal(window.size, 50)
  t.equal(window.capacity, 500, 'two flushes of 50 events a second, for five seconds')
  window.record(50, 900)
  t.equal(window.size, 75)
  window.record(75, 1_500)
  t.equal(window.size, 37)
  window.record(1, 1_500)
  t.equal(window.size, 18, 'a small flush that takes long halves it')
  for (let i = 0; i < 20; i++) window.record(window.size, 60_000)
  t.equal(window.size, 10)
})

/** A database that takes 20 ms an event, and the sizes of the inserts that it gets. */
async function slowParts() {
  const sizes: number[] = []
  const parts: FlushParts = await flushParts(database, log => ({
    insert: async events => {
      sizes.push(events.length)
      await new Promise(resolve => setTimeout(resolve, 20 * events.length))
      return log.insert(events)
    },
  }))
  return { parts, sizes }
}

t.test(
  'a burst on a slow database is stored as far as it is acknowledged, and the rest is refused at once',
  async t => {
    const { parts, sizes } = await slowParts()
    const ingest = new Ingest(parts, { events: 50_000, bytes: 1e9 }, silent)
    const answers = await Promise.all(
      entries('burst', 900).map((entry, i) =>
        ingest.submit([entry], `sender ${i % 50}`).then(
          () => 202,
          error => error.status,
        ),
      ),
    )
    await ingest.drain()
    const accepted = answers.filter(status => status === 202).length
    t.ok(accepted >= 200, `${accepted} are accepted`)
    t.equal(answers.filter(status => status === 503).length, 900 - accepted)
    t.ok(accepted < 900, 'not all of them can be stored in time')
    t.equal(await loggedEvents(database.db, { imageId: 'burst' }), accepted)
    t.equal(
      sizes.reduce((sum, size) => sum + size),
      accepted,
      'nothing is sent twice',
    )
    t.ok(Math.max(...sizes.slice(2)) <= 100, `flushes have ${sizes} events`)
    t.ok(Math.min(...sizes.slice(2, -1)) < 100)
  },
)

t.test('a request of many events is stored in several flushes, and answered with its results in order', async t => {
  const sizes: number[] = []
  const parts = await flushParts(database, log => ({
    insert: events => {
      sizes.push(events.length)
      return log.insert(events)
    },
  }))
  const ingest = new Ingest(parts, { events: 1_000, bytes: 1e9 }, silent)
  const all = entries('parts', 1_000)
  for (const [i, entry] of all.entries()) {
    entry.bytes = 20_000
    if (i % 300 === 7) entry.mayReach = () => false
  }
  const outcomes = await ingest.submit(all, 'a sender')
  t.ok(sizes.length > 1)
  t.same(
    outcomes.flatMap((outcome, i) => (outcome ? [i] : [])),
    [7, 307, 607, 907],
  )
  t.equal(outcomes.length, 1_000)
})

t.test('a stream leaves room for the posts of others, of its own sender as well', async t => {
  let open = () => undefined as undefined
  const gate = new Promise<void>(resolve => {
    open = () => void resolve() as undefined
  })
  const order: string[] = []
  const parts = await flushParts(database, log => ({
    insert: async events => {
      await gate
      order.push(...events.map(({ imageId }) => imageId))
      return log.insert(events)
    },
  }))
  const ingest = new Ingest(parts, { events: 2_000, bytes: 1e9 }, silent)
  const batches = Array.from({ length: 6 }, () => ingest.submitWhenRoom(entries('stream', 500), 'ann'))
  const posts = ['ann', 'bob'].map(sender => ingest.submit(entries(`post of ${sender}`, 1), sender))
  open()
  await Promise.all(posts)
  const last = order.findLastIndex(imageId => imageId.startsWith('post'))
  t.ok(last > 0 && last < 2_500, `stored with the first ${last} events`)
  t.equal((await Promise.all(batches)).flat().length, 3_000)
})

t.test('a request that waits too long is taken out of the queue', async t => {
  let open = () => undefined as undefined
  const gate = new Promise<void>(resolve => {
    open = () => void resolve() as undefined
  })
  const parts = await flushParts(database, log => ({ insert: events => gate.then(() => log.insert(events)) }))
  const ingest = new Ingest(parts, { events: 1_000, bytes: 1e9 }, silent)
  const answers = ['begun', 'waiting', 'waiting'].map(imageId => ingest.submit(entries(imageId, 1)))
  for (const answer of answers) await t.rejects(answer, { code: 'unavailable', headers: { 'retry-after': /\d/ } })
  t.equal(ingest.depth, 1)
  open()
  await until('the first event is stored', async () => ingest.depth === 0)
  await ingest.drain()
  t.equal(await loggedEvents(database.db, { imageId: 'begun' }), 1)
  t.equal(await loggedEvents(database.db, { imageId: 'waiting' }), 0)
})
