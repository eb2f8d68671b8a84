import t from 'tap'
import { noise } from '../helpers/pictures.ts'
import { until } from '../helpers/until.ts'
import { ADMIN, openWorld } from '../helpers/world.ts'

const ORIGIN = 'https://shop.example'
const BROWSER =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36'
const CRAWLER = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'
const world = await openWorld(t)
const root = await world.signsIn(ADMIN)
const ann = await world.signsUp('ann')
const page = await world.hasKey({ app: 'page', scopes: ['events:collect'], origins: [ORIGIN] })
const server = await world.hasKey({ app: 'page', scopes: ['events:write'] })

/** Sends the views of some visitors from a web page. */
function views(imageId: string, visitors: string[], headers: Record<string, string>) {
  const json = visitors.map(visitorId => ({ imageId, type: 'view', visitorId }))
  return world.asks('POST', '/v1/events', { key: page.key, json, headers: { origin: ORIGIN, ...headers } })
}

t.test('events of crawlers and of prefetched pages are stored with a flag, and not counted', async t => {
  const { body: image } = await ann.uploads(await noise(20, 20))
  const { id } = image
  const flagged: Record<string, string>[] = [
    { 'user-agent': CRAWLER },
    { 'user-agent': BROWSER, 'sec-purpose': 'prefetch' },
    { 'user-agent': BROWSER, 'sec-purpose': 'prefetch;prerender' },
    { 'user-agent': BROWSER, purpose: 'prefetch' },
  ]
  for (const [n, headers] of flagged.entries())
    t.match(await views(id, [`robot ${n}`, `robot ${n} again`], headers), { status: 202, body: { accepted: 2 } })
  t.match(await views(id, ['person'], { 'user-agent': BROWSER }), { status: 202, body: { accepted: 1 } })
  const servers = {
    key: server.key,
    json: { imageId: id, type: 'view', visitorId: 'via server' },
    headers: { 'user-agent': CRAWLER },
  }
  t.match(await world.asks('POST', '/v1/events', servers), { status: 202 })
  t.match(
    await world.asks('POST', '/v1/events', {
      token: ann.token,
      json: { imageId: id, type: 'view' },
      headers: { 'user-agent': CRAWLER },
    }),
    { status: 202 },
  )

  const { totals } = await until('the people are counted', async () => {
    const { body } = await ann.statsOf(id)
    return body.totals?.counts.view === 3 && body
  })
  t.equal(totals.people.value, 3)

  const { bytes } = await world.asks('GET', `/v1/exports/events?from=${new Date(Date.now() - 60_000).toISOString()}`, {
    token: root.token,
  })
  const rows = bytes
    .toString()
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  t.equal(rows.filter(({ automated }) => automated === true).length, 8)
  t.equal(rows.filter(({ automated }) => automated === undefined).length, 3)

  const report = await world.asks('GET', '/v1/reports/people?since=1d', { token: root.token })
  t.equal(report.status, 200)
  t.equal(report.body.rows.length, 3)
})
