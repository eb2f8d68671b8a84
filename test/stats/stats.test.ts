import t from 'tap'
import { noise } from '../helpers/pictures.ts'
import { untilTotal } from '../helpers/stats.ts'
import { until } from '../helpers/until.ts'
import { ADMIN, openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { database } = world
const { db } = database
const DAY = 86_400_000
const ann = await world.signsUp('ann')
const bob = await world.signsUp('bob')
const { body: image } = await ann.uploads(await noise(30, 20))

t.test('an image without events has zero counts', async t => {
  const { body } = await ann.uploads(await noise(21, 20))
  const { status, body: stats } = await ann.statsOf(body.id)
  t.equal(status, 200)
  t.match(stats, {
    imageId: body.id,
    from: null,
    to: null,
    asOf: null,
    totals: { counts: { view: 0, like: 0 } },
    series: [],
  })
  t.ok(Date.now() - Date.parse(stats.settledTo) < 60_000, 'nothing waits')
})

t.test('a thousand events in any order, some sent twice, are counted once each', async t => {
  const events = Array.from({ length: 1000 }, (_, i) => {
    // Their minutes are over, so that they settle within seconds.
    const at = new Date(Date.now() - (i % 5) * DAY - 2 * 60_000 - i * 1000).toISOString()
    return { imageId: image.id, type: i % 10 ? 'view' : 'click', id: `event-${i}`, at }
  })
  const batches = [events.slice(500), events.slice(0, 600), events.slice(400, 900)]
  for (const { status, body } of await Promise.all(batches.map(batch => ann.reports(batch)))) {
    t.equal(status, 202)
    t.equal(body.rejectedCount, 0)
  }
  await untilTotal(ann, image.id, 'view', 900)
  const { body } = await ann.statsOf(image.id)
  t.equal(body.totals.counts.click, 100)
  t.ok(Date.parse(body.asOf) <= Date.now())
  t.ok(Date.parse(body.settledTo) <= Date.now())

  const from = new Date(Date.now() - 6 * DAY).toISOString()
  for (const interval of ['hour', 'day']) {
    const { body: range } = await ann.statsOf(image.id, `?from=${from}&interval=${interval}`)
    t.match(range.totals.counts, { view: 900, click: 100 }, interval)
    const sum = range.series.reduce(
      (total: number, point: { counts: { view: number } }) => total + point.counts.view,
      0,
    )
    t.equal(sum, 900, interval)
    t.equal(Date.parse(range.series[0].start), Date.parse(range.from))
    t.ok(Date.parse(range.from) <= Date.parse(from), 'the range is extended to whole buckets')
  }
  const perImage = await db.collection('rollups').findOne({ imageId: image.id, '_id.grain': 'total' })
  const site = await until('the site', async () => {
    const found = await db.collection('rollups').findOne({ imageId: 'all', '_id.grain': 'total' })
    return found?.counts.view === 900 && found
  })
  t.same(site.counts, perImage?.counts)
})

t.test('a late event is counted in its past bucket', async t => {
  const at = new Date(Date.now() - 6.5 * DAY).toISOString()
  await ann.reports({ imageId: image.id, type: 'share', id: 'late', at })
  await untilTotal(ann, image.id, 'share', 1)
  t.pass()
})

t.test('no mark is left when everything is rolled up, and stats say that all is settled', async t => {
  const asked = Date.now()
  await until('no marks', async () => (await db.collection('marks').countDocuments({})) === 0)
  const { body } = await ann.statsOf(image.id)
  t.ok(Date.parse(body.settledTo) >= asked)
})

t.test('an unanswerable range is refused with the reason', async t => {
  const iso = (offset: number) => new Date(Date.now() + offset).toISOString()
  const cases: [string, string][] = [
    [`?from=${iso(-9 * DAY)}&interval=minute`, 'interval_expired'],
    [`?from=${iso(-2 * DAY)}&interval=minute`, 'range_too_long'],
    [`?from=${iso(-DAY)}&to=${iso(-2 * DAY)}`, 'invalid_request'],
    ['?interval=hour', 'invalid_request'],
    ['?from=yesterday', 'invalid_request'],
    ['?from[$gt]=1', 'invalid_request'],
  ]
  for (const [query, code] of cases) {
    const { status, body } = await ann.statsOf(image.id, query)
    t.equal(status, 400, query)
    t.equal(body.code, code, query)
  }
})

t.test('a zone that is none is refused, and days that expired roll-ups would be needed for', async t => {
  const since = (days: number) => new Date(Date.now() - days * DAY).toISOString()
  for (const tz of ['Mars/Olympus', '%2B01:00', 'Europe/Zurich%00', 'x'.repeat(65), '', '$where', 'UTC&tz=UTC'])
    for (const path of [`/v1/images/${image.id}/stats`, '/v1/stats/overview']) {
      const { status, body } = await (await world.root()).gets(`${path}?from=${since(1)}&tz=${tz}`)
      t.equal(status, 400, tz)
      t.match(body, { code: 'invalid_request', errors: [{ pointer: '/querystring/tz' }] }, tz)
    }
  const cases: [query: string, status: number, detail?: RegExp][] = [
    ['tz=Asia/Kolkata&interval=day', 400, /by minute are kept since .* in Asia\/Kolkata a day is summed/],
    ['tz=Asia/Kathmandu&interval=month', 400, /by minute/],
    ['tz=Europe/Zurich&interval=day', 200],
    ['tz=UTC&interval=week', 200],
  ]
  for (const [query, status, detail] of cases) {
    const { status: found, body } = await ann.statsOf(image.id, `?from=${since(40)}&${query}`)
    t.equal(found, status, query)
    if (detail) t.match(body, { code: 'interval_expired', detail }, query)
  }
  t.equal((await ann.statsOf(image.id, `?from=${since(6)}&tz=Asia/Kolkata`)).status, 200)
  const old = `?from=${since(500)}&interval=month`
  t.equal((await ann.statsOf(image.id, old)).status, 200)
  t.match((await ann.statsOf(image.id, `${old}&tz=Europe/Zurich`)).body, {
    code: 'interval_expired',
    detail: /by hour/,
  })
  t.equal((await ann.statsOf(image.id, '?from=0001-01-01T00:00:00Z&interval=hour&tz=Africa/Monrovia')).status, 400)
})

t.test('the stats of an image are visible to those who may see the image', async t => {
  const { body: hidden } = await ann.uploads(await noise(22, 20), { visibility: 'private' })
  t.equal((await ann.statsOf(hidden.id)).status, 200)
  t.equal((await bob.statsOf(hidden.id)).status, 404)
  t.equal((await (await world.signsIn(ADMIN)).statsOf(hidden.id)).status, 200)
  const { key } = await world.hasKey({ app: 'shop', scopes: ['stats:read'] })
  t.equal((await world.asks('GET', `/v1/images/${hidden.id}/stats`, { key })).status, 404)
  t.equal((await world.asks('GET', `/v1/images/${image.id}/stats`, { key })).status, 200)
  t.equal((await world.asks('GET', `/v1/images/${image.id}/stats`)).status, 401)
})

t.test('an unchanged answer is answered with 304', async t => {
  const first = await bob.statsOf(image.id)
  const etag = first.headers.get('etag')
  t.match(etag, /^W\/"/, 'two answers differ in the time of the read')
  for (const [known, status] of [
    [`${etag}`, 304],
    [`${etag}`.slice(2), 304],
    [`"other", ${etag}`, 304],
    ['*', 304],
    ['"other"', 200],
  ] as const) {
    const headers = { 'if-none-match': known }
    const again = await world.asks('GET', `/v1/images/${image.id}/stats`, { token: bob.token, headers })
    t.equal(again.status, status, known)
  }
})
