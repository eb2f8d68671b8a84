import t from 'tap'
import { aWire } from '../helpers/database/wire.ts'
import { noise } from '../helpers/pictures.ts'
import { until } from '../helpers/until.ts'
import { openWorld } from '../helpers/world.ts'

t.test('while ended sessions are not known, a user may read but not change anything', async t => {
  const wire = await aWire(t)
  const world = await openWorld(t, { MONGODB_URI: wire.uri })
  const root = await world.root()
  const { id } = (await root.uploads(await noise(20, 20))).body
  const { key } = await world.hasKey({ app: 'shop', scopes: ['events:write'] })
  const clock = performance.now
  t.teardown(() => {
    performance.now = clock
  })
  wire.onRequest = command => (command.find === 'sessions' ? 'cut' : 'pass')
  t.equal((await root.changes(id, { title: 'in time' })).status, 200)
  performance.now = () => clock.call(performance) + 31_000
  const changes = {
    change: () => root.changes(id, { title: 'late' }),
    feedback: () => root.thinks(id, { rating: 3 }),
    events: () => root.reports({ imageId: id, type: 'view' }),
    deletion: () => root.removes(id),
  }
  for (const [name, change] of Object.entries(changes)) {
    const { status, body, headers } = await change()
    t.match({ status, code: body?.code }, { status: 503, code: 'unavailable' }, name)
    t.ok(headers.get('retry-after'), name)
  }
  t.match(await root.gets(`/v1/images/${id}`), { status: 200, body: { title: 'in time' } })
  const event = { imageId: id, type: 'view', visitorId: 'v' }
  t.equal((await world.asks('POST', '/v1/events', { key, json: event })).status, 202, 'a key has no session')
  wire.onRequest = () => 'pass'
  await until('changes are accepted again', async () => (await root.changes(id, { title: 'again' })).status === 200)
})
