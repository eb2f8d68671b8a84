import { EventEmitter, once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { registerBodyTimeout } from '../../src/http/plugins/body-timeout.ts'
import { registerProblems } from '../../src/http/problems/problems.ts'
import type { App } from '../../src/http/server.ts'
import { noise } from '../helpers/pictures.ts'
import { until } from '../helpers/until.ts'
import { openWorld, type World } from '../helpers/world.ts'

const JSON_TYPE = { 'content-type': 'application/json' }

/** A bare service with a body timeout of 20 ms, whose answers at /slow wait until they are released. */
async function impatientService(t: Test) {
  const app = Fastify()
  registerProblems(app as unknown as App)
  registerBodyTimeout(app as unknown as App, 20)
  const arrived = new EventEmitter()
  let release: () => void = () => undefined
  const released = new Promise<void>(resolve => {
    release = resolve
  })
  app.route({ method: ['GET', 'POST'], url: '/slow', handler: () => arrived.emit('request') && released })
  const url = await app.listen({ port: 0 })
  t.teardown(() => app.close())
  return {
    asks: (method: string, body?: string) => {
      const answer = fetch(`${url}/slow`, { method, ...(body && { body, headers: JSON_TYPE }) })
      return once(arrived, 'request').then(() => ({ answer }))
    },
    /** Sends the beginning of a body and nothing more. */
    begins: () => request(`${url}/slow`, { method: 'POST', headers: { ...JSON_TYPE, 'content-length': 9 } }),
    release,
  }
}

t.test('a body that stalls is answered with 408, and its connection is closed', async t => {
  const service = await impatientService(t)
  const sender = service.begins()
  sender.write('{')
  const [answer] = (await once(sender, 'response')) as [IncomingMessage]
  t.equal(answer.statusCode, 408)
  t.equal(answer.headers.connection, 'close')
  t.match(JSON.parse(await text(answer)), { code: 'request_timeout' })
  if (!answer.socket.closed) await once(answer.socket, 'close')
})

t.test('the body timeout does not limit the time of an answer', async t => {
  const service = await impatientService(t)
  const slow = [await service.asks('GET'), await service.asks('POST', '{}')]
  const late = service.begins()
  late.write('{')
  const [answer] = (await once(late, 'response')) as [IncomingMessage]
  t.equal(answer.statusCode, 408, 'the body timeout has passed')
  service.release()
  for (const { answer } of slow) t.equal((await answer).status, 200)
})

t.test('a configured CORS origin may use every method and read the exposed headers', async t => {
  const origin = 'https://app.example'
  const open = await openWorld(t, { CORS_ORIGINS: origin })
  const preflight = (method: string, from = origin) =>
    open.asks('OPTIONS', '/v1/images/x/feedback', {
      headers: { origin: from, 'access-control-request-method': method },
    })
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
    const { status, headers } = await preflight(method)
    t.equal(status, 204)
    t.equal(headers.get('access-control-allow-origin'), origin)
    t.ok(headers.get('access-control-allow-methods')?.split(', ').includes(method), method)
  }
  t.equal((await preflight('PUT', 'https://evil.example')).headers.get('access-control-allow-origin'), null)
  const { headers } = await open.asks('GET', '/v1/images', { headers: { origin } })
  const exposed = headers.get('access-control-expose-headers')?.split(', ') ?? []
  for (const name of ['ETag', 'Location', 'Retry-After', 'X-Request-Id']) t.ok(exposed.includes(name), name)
  t.equal((await open.asks('OPTIONS', '/v1/images', { headers: { origin } })).status, 405, 'this is no preflight')
})

t.test('the rate limit counts requests of a caller and sends Retry-After', async t => {
  const limited = await openWorld(t, { RATE_LIMIT: '3' })
  const statuses = []
  for (let i = 0; i < 5; i++) statuses.push(await limited.asks('GET', '/v1/images'))
  t.same(
    statuses.map(({ status }) => status),
    [200, 200, 200, 429, 429],
  )
  t.equal(statuses[4]?.body.code, 'rate_limited')
  t.ok(Number(statuses[4]?.headers.get('retry-after')) > 0)
})

t.test('files are counted apart from other requests, ten times as many', async t => {
  const limited = await openWorld(t, { RATE_LIMIT: '3' })
  const ann = await limited.signsUp('ann')
  const { body } = await ann.uploads(await noise(60, 40))
  const file = (method: string) => limited.asks(method, `/v1/images/${body.id}/file`)
  for (let i = 0; i < 15; i++) for (const method of ['GET', 'HEAD']) t.equal((await file(method)).status, 200)
  const refused = await file('GET')
  t.equal(refused.status, 429)
  t.ok(Number(refused.headers.get('retry-after')) > 0)
  t.equal((await limited.asks('GET', '/dashboard/assets/none.js')).status, 429, 'files of the dashboard count as well')
  t.equal((await limited.asks('GET', '/v1/images')).status, 200, 'other requests are not affected')
})

t.test("the events of a server's key are limited by the queue, its other requests by the rate limit", async t => {
  const limited = await openWorld(t, { RATE_LIMIT: '3' })
  const { key } = await limited.hasKey({ app: 'shop', scopes: ['events:write'] })
  for (let i = 0; i < 5; i++) t.equal((await limited.asks('POST', '/v1/events', { key, json: [] })).status, 202)
  for (const status of [200, 200, 200, 429]) t.equal((await limited.asks('GET', '/v1/images', { key })).status, status)
})

t.test(
  'an address counts as a whole, too: many accounts at one address share a limit, an IPv6 address by its /64',
  async t => {
    const limited = await openWorld(t, { RATE_LIMIT: '8', TRUST_PROXY: '127.0.0.1' })
    const tokens = []
    for (const name of ['ann', 'bob', 'cy', 'dan', 'eve']) tokens.push((await limited.signsUp(name)).token)
    const from = (address: string, token?: string) =>
      limited.asks('GET', '/v1/images', { ...(token && { token }), headers: { 'x-forwarded-for': address } })
    const answers = []
    for (const token of tokens) for (let i = 0; i < 7; i++) answers.push(await from(`2001:db8::${i + 1}`, token))
    t.same(
      answers.map(({ status }) => status),
      [...Array<number>(32).fill(200), 429, 429, 429],
      'four times as many as for one',
    )
    t.match(answers.at(-1)?.body, { code: 'rate_limited', detail: /address/ })
    t.equal((await from('2001:db8:0:1::1', tokens[4])).status, 200, 'elsewhere there is a limit of its own')
    for (const i of [1, 2, 3, 4]) {
      await from(`2001:db8:0:2::${i}`)
      await from('::ffff:203.0.113.1')
      await from('203.0.113.1')
    }
    t.equal((await from('203.0.113.1')).status, 429, 'an IPv4 address is the same in its IPv6 form')
    for (const i of [5, 6, 7, 8]) t.equal((await from(`2001:db8:0:2::${i}`)).status, 200)
    t.equal((await from('2001:db8:0:2::9')).status, 429)
  },
)

t.test('look-ups of API keys that do not exist are limited by address; keys in use are not affected', async t => {
  const limited = await openWorld(t, { RATE_LIMIT: '6', TRUST_PROXY: '127.0.0.1' })
  const keys = []
  for (const app of ['in-use', 'new']) keys.push((await limited.hasKey({ app, scopes: ['events:write'] })).key)
  const from = (address: string, key = '') =>
    limited.asks('POST', '/v1/events', { key, json: [], headers: { 'x-forwarded-for': address } })
  const [inUse, unused] = keys
  await from('203.0.113.9', inUse)
  const madeUp = (i: number) => `glk_${String(i).padEnd(43, 'x')}`
  for (let i = 0; i < 6; i++) t.equal((await from(`2001:db8::${i + 1}`, madeUp(i))).status, 401)
  const refused = await from('2001:db8::7', unused)
  t.equal(refused.status, 429, 'even a key that exists is not looked up')
  t.match(refused.body, { code: 'rate_limited', detail: /keys/ })
  t.ok(Number(refused.headers.get('retry-after')) > 0)
  t.equal((await from('2001:db8::7', inUse)).status, 202)
  t.equal((await from('203.0.113.9', unused)).status, 202)
})

/** A sign-up from an address. */
const signUp = (world: World, name: string, address: string) =>
  world.asks('POST', '/v1/users', {
    json: { email: `${name}@example.com`, password: 'a good long one' },
    headers: { 'x-forwarded-for': address },
  })

t.test('sign-ups are limited by address, an IPv6 address by its /48 network; invalid ones do not count', async t => {
  const limited = await openWorld(t, { SIGN_UP_LIMIT: '2', TRUST_PROXY: '127.0.0.1' })
  for (const [i, network] of ['203.0.113.7', '2001:db8:1:'].entries()) {
    const from = (j: number) => (network.endsWith(':') ? `${network}${j}::1` : network)
    t.equal((await signUp(limited, 'not valid', from(1))).status, 400)
    for (const j of [2, 3]) t.equal((await signUp(limited, `user-${i}-${j}`, from(j))).status, 201)
    const refused = await signUp(limited, `user-${i}-4`, from(4))
    t.equal(refused.status, 429)
    t.equal(refused.body.code, 'rate_limited')
    t.ok(Number(refused.headers.get('retry-after')) > 0)
  }
  t.equal((await signUp(limited, 'elsewhere', '203.0.113.8')).status, 201)
})

t.test('many sign-ups from one address do not delay a sign-in from another one', async t => {
  // The cost of a hash in a service: the sign-ups have to wait for it.
  const flooded = await openWorld(t, { TRUST_PROXY: '127.0.0.1' }, { bcryptCost: 10 })
  await signUp(flooded, 'victim', '198.51.100.1')
  let signedUp = 0
  const flood = Array.from({ length: 50 }, (_, i) =>
    signUp(flooded, `flood-${i}`, '203.0.113.1').then(() => {
      signedUp++
    }),
  )
  await until('the flood runs', async () => signedUp > 0)
  const before = signedUp
  const { status } = await flooded.asks('POST', '/v1/sessions', {
    json: { email: 'victim@example.com', password: 'a good long one' },
    headers: { 'x-forwarded-for': '198.51.100.1' },
  })
  t.equal(status, 201)
  t.ok(signedUp - before < 20, `${signedUp - before} sign-ups came first`)
  await Promise.all(flood)
})
