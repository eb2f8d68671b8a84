import t, { type Test } from 'tap'
import { openEventSource } from '../helpers/http/event-source.ts'
import { noise } from '../helpers/pictures.ts'
import { type Ask, openWorld, type Person } from '../helpers/world.ts'

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

t.test('feedback is a change of the image that it is on', async t => {
  const image = await follows(t, ann, `?imageId=${id}`)
  await image.gets('the snapshot', (_, { event }) => event === 'snapshot')
  await bob.thinks(id, { reaction: 'like', rating: 4 })
  const isLiked = ({ current }: { current?: { likes?: number } }) => current?.likes === 1
  t.match(await image.gets('a like', isLiked), {
    event: 'change',
    data: { current: { rating: { count: 1, mean: 4 } } },
  })
})

t.test('who may not see numbers can not follow them', async t => {
  const { body: hidden } = await ann.uploads(await noise(22, 20), { visibility: 'private' })
  const status = async (path: string, ask: Ask) => (await world.asks('GET', path, ask)).status
  const image = `/v1/live?imageId=${hidden.id}`
  t.equal(await status(image, ann), 200)
  t.equal(await status(image, root), 200)
  t.equal(await status(image, bob), 404)
  t.equal(await status('/v1/live?imageId=unknown', root), 404)
  t.equal(await status('/v1/live', bob), 403)
  t.equal(await status('/v1/live', {}), 401)
  t.equal(await status(`/v1/live?imageId=${id}`, {}), 401)
  t.equal(await status('/v1/live?imageId=$ne', root), 400)
  t.equal(await status('/v1/live?image=x', root), 400)
  const { key } = await world.hasKey({ app: 'shop', scopes: ['stats:read'] })
  t.equal(await status('/v1/live', { key }), 200)
  t.equal(await status(image, { key }), 404)
})

t.test('a stream is neither compressed nor waited for by HEAD', async t => {
  const stream = await follows(t, root, '', { 'accept-encoding': 'gzip, br' })
  t.equal(stream.headers.get('content-encoding'), null)
  await stream.gets('the snapshot', (_, { event }) => event === 'snapshot')
  const head = await world.asks('HEAD', '/v1/live', root)
  t.equal(head.status, 200)
  t.equal(head.headers.get('content-type'), 'text/event-stream')
})
