import t from 'tap'
import { aWire } from '../helpers/database/wire.ts'
import { idMadeAt } from '../helpers/ids.ts'
import { noise } from '../helpers/pictures.ts'
import { until } from '../helpers/until.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { asks } = world

t.test('metrics are served to this machine and to keys with the scope', async t => {
  const local = await asks('GET', '/metrics')
  for (const name of ['glance_queue_events', 'glance_fold_lag_seconds', 'glance_oldest_mark_age_seconds']) {
    t.match(local.bytes.toString(), `# TYPE ${name} `)
  }
  t.match(local.bytes.toString(), /glance_http_request_duration_seconds/)
  const elsewhere = { headers: { 'x-forwarded-for': '203.0.113.7' } }
  t.equal((await asks('GET', '/metrics', elsewhere)).status, 401)
  const { key } = await world.hasKey({ app: 'prometheus', scopes: ['metrics:read'] })
  t.equal((await asks('GET', '/metrics', { ...elsewhere, key })).status, 200)
})

t.test('events that are stored, and those that roll-ups read from the log, are counted', async t => {
  const root = await world.root()
  const { body: image } = await root.uploads(await noise(20, 20))
  const metric = async (name: string) => {
    const { bytes } = await asks('GET', '/metrics')
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(bytes.toString())?.[1])
  }
  // The minute is over, so that it settles within seconds.
  const anId = () => idMadeAt(Date.now() - 2 * 60_000)
  const view = { id: anId(), imageId: image.id, type: 'view' }
  await root.reports([view, { ...view, id: anId() }, { ...view, imageId: 'none' }])
  await root.reports([view])
  t.equal(await metric('glance_events_stored_total'), 2)
  await until('the minute has settled', async () => (await metric('glance_rollup_events_read_total')) === 2)
})

t.test('metrics are served while the database is unreachable', async t => {
  const wire = await aWire(t)
  const cut = await openWorld(t, { MONGODB_URI: wire.uri })
  wire.onRequest = () => 'cut'
  const { status, bytes } = await cut.asks('GET', '/metrics')
  wire.onRequest = () => 'pass'
  t.equal(status, 200)
  t.match(bytes.toString(), /^glance_queue_events 0$/m)
  t.notMatch(bytes.toString(), /^glance_oldest_mark_age_seconds /m)
})
