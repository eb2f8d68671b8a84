import t from 'tap'
import { uuidv7 } from 'uuidv7'
import { noise } from '../helpers/pictures.ts'
import { until } from '../helpers/until.ts'
import { ADMIN, openWorld } from '../helpers/world.ts'

const OUTLOOK = 'Microsoft Office/16.0 (Microsoft Outlook 16.0.4; Pro)'
const GMAIL = 'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)'
const CRAWLER = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'

const world = await openWorld(t)
const root = await world.signsIn(ADMIN)
const ann = await world.signsUp('ann')
const { key } = await world.hasKey({ app: 'letter', scopes: ['events:pixel'] })

/** Loads the pixel, as a program for e-mails does. */
function loads(query: Record<string, string>, headers: Record<string, string> = { 'user-agent': OUTLOOK }) {
  return world.asks('GET', `/v1/pixel.gif?${new URLSearchParams({ key, ...query })}`, { headers })
}

/** Waits until so many views of an image are counted. */
function views(imageId: string, count: number) {
  return until(`${count} views are counted`, async () => {
    const { body } = await ann.statsOf(imageId)
    return body.totals?.counts.view === count && body.totals
  })
}

t.test('an image in an e-mail reports a view, which is flagged', async t => {
  const { body } = await ann.uploads(await noise(20, 20))
  const answer = await loads({ imageId: body.id, type: 'view' })
  t.equal(answer.status, 200)
  t.equal(answer.headers.get('content-type'), 'image/gif')
  t.equal(answer.headers.get('cache-control'), 'no-store')
  t.equal(answer.headers.get('set-cookie'), null)
  t.equal(answer.bytes.subarray(0, 6).toString(), 'GIF89a')
  await views(body.id, 1)
  const from = new Date(Date.now() - 60_000).toISOString()
  const { bytes } = await world.asks('GET', `/v1/exports/events?from=${from}`, { token: root.token })
  const rows = bytes
    .toString()
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  t.match(
    rows.filter(({ imageId }) => imageId === body.id),
    [{ type: 'view', pixel: true }],
  )
})

t.test('readers are told apart by what the app names them, or else by program and network', async t => {
  const { body } = await ann.uploads(await noise(21, 20))
  const view = { imageId: body.id, type: 'view' }
  for (const visitorId of ['a', 'b', 'b']) await loads({ ...view, visitorId })
  for (const agent of [OUTLOOK, OUTLOOK, GMAIL]) await loads(view, { 'user-agent': agent })
  await loads(view, { 'user-agent': CRAWLER })
  const { people } = await views(body.id, 6)
  t.equal(people.value, 4, 'a, b, and two programs; the crawler does not count')
})

t.test('what is loaded again with the same id counts once', async t => {
  const { body } = await ann.uploads(await noise(22, 20))
  const once = { imageId: body.id, type: 'view', visitorId: 'c', id: uuidv7() }
  for (let i = 0; i < 3; i++) t.equal((await loads(once)).status, 200)
  await loads({ ...once, id: uuidv7() })
  await views(body.id, 2)
})

t.test('it reports impressions and views of public images only', async t => {
  const { body: image } = await ann.uploads(await noise(23, 20), { visibility: 'private' })
  t.match(await loads({ imageId: image.id, type: 'view' }), { status: 400, body: { code: 'event_rejected' } })
  t.match(await loads({ imageId: image.id, type: 'like' }), { status: 400, body: { errors: [{ pointer: '/type' }] } })
  t.match(await loads({ imageId: image.id, type: 'view', userId: 'x' }), {
    status: 400,
    body: { errors: [{ pointer: '/userId' }] },
  })
  t.equal((await world.asks('HEAD', `/v1/pixel.gif?key=${key}&imageId=${image.id}&type=view`)).status, 405)
})

t.test('its key does nothing else, and no other key loads it', async t => {
  const { body } = await ann.uploads(await noise(24, 20))
  const json = { imageId: body.id, type: 'view', visitorId: 'd' }
  t.equal((await world.asks('POST', '/v1/events', { key, json })).status, 403)
  const { key: server } = await world.hasKey({ app: 'letter', scopes: ['events:write'] })
  t.match(await loads({ imageId: body.id, type: 'view', key: server }), { status: 401 })
  t.equal((await world.asks('GET', `/v1/pixel.gif?imageId=${body.id}&type=view`)).status, 401)
  const combined = { name: 'both', app: 'letter', scopes: ['events:pixel', 'stats:read'] }
  t.match(await world.asks('POST', '/v1/keys', { token: root.token, json: combined }), {
    status: 400,
    body: { errors: [{ pointer: '/scopes' }] },
  })
})
