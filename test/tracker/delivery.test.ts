import t from 'tap'
import { asksFor } from '../helpers/http/coded-answer.ts'
import { openWorld } from '../helpers/world.ts'

const ORIGIN = 'https://shop.example'
const { url, asks, hasKey, database } = await openWorld(t)

t.test('the script is served compressed, for five minutes, to pages of any origin', async t => {
  const plain = await asksFor(`${url}/v1/tracker.js`)
  t.match(plain, { status: 200, coding: undefined, text: /^\(\(\)=>\{/ })
  t.match(plain.headers, {
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=300',
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
  })
  const zipped = await asksFor(`${url}/v1/tracker.js`, { coding: 'gzip' })
  t.match(zipped, { coding: 'gzip', text: plain.text })
  t.ok(zipped.bytes.length < 4_096, `${zipped.bytes.length} bytes`)
  const { etag = '' } = plain.headers
  t.match(await asksFor(`${url}/v1/tracker.js`, { headers: { 'if-none-match': etag } }), { status: 304, text: '' })
  t.equal((await asksFor(`${url}/v1/tracker.js`, { headers: { 'if-none-match': 'W/"0"' } })).status, 200)
})

t.test('under the name that it tells it may be stored for ever, and names of other versions lead to it', async t => {
  const { headers, text } = await asksFor(`${url}/v1/tracker.js`)
  const name = String(headers['content-location'])
  t.match(name, /^\/v1\/tracker-[0-9a-f]{16}\.js$/)
  const named = await asksFor(url + name)
  t.match(named, { status: 200, text })
  t.match(named.headers, {
    'cache-control': 'public, max-age=31536000, immutable',
    'access-control-allow-origin': '*',
  })
  const old = await asksFor(`${url}/v1/tracker-0123456789abcdef.js`)
  t.match(old, { status: 307, headers: { location: '/v1/tracker.js', 'cache-control': 'public, max-age=300' } })
})

t.test('everybody may ask for the time, and nothing stores it', async t => {
  const before = Date.now()
  const { status, headers, body } = await asks('GET', '/v1/time', { headers: { origin: ORIGIN } })
  const now = Date.parse(body.now)
  t.equal(status, 200)
  t.ok(now >= before && now <= Date.now())
  t.equal(headers.get('cache-control'), 'no-store')
  t.equal(headers.get('access-control-allow-origin'), '*')
  t.equal((await asks('GET', '/v1/time?zone=utc')).status, 400)
})

t.test('a page can read what became of its events, also of those that were refused', async t => {
  const { key } = await hasKey({ app: 'shop', scopes: ['events:collect'], origins: [ORIGIN] })
  const send = (path: string, origin: string) =>
    asks('POST', path, { body: '[]', headers: { origin, 'content-type': 'text/plain;charset=UTF-8' } })
  for (const [path, origin, status] of [
    [`/v1/events?key=${key}`, ORIGIN, 202],
    [`/v1/events?key=${key}`, 'https://other.example', 403],
    ['/v1/events?key=glk_wrong', ORIGIN, 401],
  ] as const) {
    const answer = await send(path, origin)
    t.equal(answer.status, status)
    t.equal(answer.headers.get('access-control-allow-origin'), '*')
    t.equal(answer.headers.get('access-control-expose-headers'), 'Retry-After')
    t.equal(answer.headers.get('access-control-allow-credentials'), null)
  }
})

t.test('a page that sends too much may read how long to wait', async t => {
  const busy = await openWorld(t, { DATABASE: database.db.databaseName, RATE_LIMIT: '1' })
  const { key } = await hasKey({ app: 'shop', scopes: ['events:collect'], origins: [ORIGIN] })
  const ask = { body: '[]', headers: { origin: ORIGIN, 'content-type': 'text/plain' } }
  await busy.asks('POST', `/v1/events?key=${key}`, ask)
  const { status, headers } = await busy.asks('POST', `/v1/events?key=${key}`, ask)
  t.equal(status, 429)
  t.equal(headers.get('access-control-allow-origin'), '*')
  t.ok(Number(headers.get('retry-after')) > 0)
})
