import t, { type Test } from 'tap'
import { openEventSource } from '../helpers/http/event-source.ts'
import { noise } from '../helpers/pictures.ts'
import { openWorld, type Person } from '../helpers/world.ts'

const world = await openWorld(t)
const root = await world.root()
const ann = await world.signsUp('ann')
const bob = await world.signsUp('bob')
const { id } = (await ann.uploads(await noise(30, 20))).body
const view = { imageId: id, type: 'view' }

const follows = (t: Test, { token }: Person, query = '', headers: Record<string, string> = {}) =>
  openEventSource(t, `${world.url}/v1/live${query}`, { authorization: `Bearer ${token}`, ...headers })

t.test('a stream begins with a snapshot, and then tells what changes', async t => {
  const image = await follows(t, bob, `?imageId=${id}`)
  const site = await follows(t, root)
  t.equal(image.status, 200)
  t.equal(image.headers.get('content-type'), 'text/event-stream')
  t.equal(image.headers.get('cache-control'), 'private, no-store')
  t.match(image.headers.get('x-request-id'), /./)
  for (const stream of [image, site]) {
    const first = await stream.gets('the snapshot', (_, { event }) => event === 'snapshot')
    t.match(first.data, { totals: { counts: { view: 0 }, people: { value: 0 } } })
  }
  t.match(image.events[0], { data: { current: { likes: 0 } } })
  await ann.reports(view)
  for (const stream of [image, site]) {
    const { data, event } = await stream.gets('a view', ({ totals }) => totals.counts?.view === 1)
    t.equal(event, 'change')
    t.same(data.totals, { counts: { view: 1 }, people: { value: 1 } })
    t.ok(Date.parse(data.asOf) <= Date.now())
  }
})
