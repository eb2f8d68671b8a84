import { createHmac } from 'node:crypto'
import t from 'tap'
import { openWorld } from './helpers/world.ts'

const JWT_SECRET = 'the secret that signs tokens in this test'
const world = await openWorld(t, { JWT_SECRET })
const { asks } = world
const ann = await world.signsUp('ann')

t.test('an account is made, and its own view never shows a hash', async t => {
  const geography = { country: 'CH', city: 'Basel' }
  const json = { email: 'Bea@Example.com', password: 'a good long one', displayName: 'Bea', geography }
  const made = await asks('POST', '/v1/users', { json })
  t.equal(made.status, 201)
  t.match(made.body, { email: 'Bea@Example.com', displayName: 'Bea', geography, roles: ['user'] })
  t.notMatch(made.bytes.toString(), /hash|\$2/)
  const bea = await world.signsIn({ email: 'bea@example.COM', password: json.password })
  t.equal(bea.id, made.body.id)
})

t.test('what is no account is refused by its field', async t => {
  const good = { email: 'good@example.com', password: 'a good long one' }
  const cases: [string, object][] = [
    ['/email', { ...good, email: 'none' }],
    ['/email', { ...good, email: { $ne: '' } }],
    ['/password', { ...good, password: 'short' }],
    ['/password', { ...good, password: 'ü'.repeat(37) }],
    ['/password', { ...good, password: 'a password\u0000with an end' }],
    ['/displayName', { ...good, displayName: '\ud800' }],
    ['/geography/country', { ...good, geography: { country: 'XX' } }],
    ['/geography/planet', { ...good, geography: { country: 'CH', planet: 'Mars' } }],
    ['/roles', { ...good, roles: ['admin'] }],
  ]
  for (const [pointer, json] of cases) {
    const { status, body } = await asks('POST', '/v1/users', { json })
    t.equal(status, 400, JSON.stringify(json))
    t.ok(
      body.errors.some((fault: { pointer: string }) => fault.pointer === pointer),
      pointer,
    )
  }
  t.equal((await asks('POST', '/v1/users', { json: { ...good, password: 'x'.repeat(72) } })).status, 201)
})

t.test('of twenty racing sign-ups with one e-mail one wins', async t => {
  const race = Array.from({ length: 20 }, (_, i) => {
    const email = i % 2 ? 'race@example.com' : 'RACE@example.com'
    return asks('POST', '/v1/users', { json: { email, password: 'a good long one' } })
  })
  const statuses = (await Promise.all(race)).map(({ status }) => status)
  t.equal(statuses.filter(status => status === 201).length, 1)
  t.equal(statuses.filter(status => status === 409).length, 19)
})

t.test('a wrong password and an unknown account get the same answer', async t => {
  const wrong = await asks('POST', '/v1/sessions', { json: { email: 'ann@example.com', password: 'not hers at all' } })
  const unknown = await asks('POST', '/v1/sessions', {
    json: { email: 'nobody@example.com', password: 'not hers at all' },
  })
  t.equal(wrong.status, 401)
  t.same({ ...wrong.body, instance: '' }, { ...unknown.body, instance: '' })
})

function token(header: object, payload: object, secret = JWT_SECRET): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part(header)}.${part(payload)}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

t.test('only whole tokens of ours are believed', async t => {
  const now = Math.floor(Date.now() / 1000)
  const claims = { sub: ann.id, roles: ['user'], iss: 'glance', aud: 'glance', iat: now, exp: now + 900 }
  const header = { alg: 'HS256', typ: 'JWT' }
  const statusOf = async (text: string) => (await asks('GET', '/v1/users/me', { token: text })).status
  t.equal(await statusOf(token(header, claims)), 200, 'the test makes good tokens')
  const { exp: _exp, ...forever } = claims
  const { iat: _iat, ...unborn } = claims
  const bad: Record<string, string> = {
    'algorithm none': token({ alg: 'none' }, claims),
    'another secret': token(header, claims, 'another secret that is long enough'),
    'no expiry': token(header, forever),
    'no birth': token(header, unborn),
    expired: token(header, { ...claims, iat: now - 1000, exp: now - 100 }),
    'another audience': token(header, { ...claims, aud: 'others' }),
    'another issuer': token(header, { ...claims, iss: 'others' }),
    HS512: token({ alg: 'HS512', typ: 'JWT' }, claims),
  }
  for (const [name, text] of Object.entries(bad)) t.equal(await statusOf(text), 401, name)
})

t.test('a key is shown once, works within its scopes, and not after it is revoked', async t => {
  const { key, id } = await world.hasKey({ app: 'shop', scopes: ['stats:read'] })
  t.match(key, /^glk_/)
  const root = await world.signsIn({ email: 'root@example.com', password: 'a password for root' })
  const list = await asks('GET', '/v1/keys?limit=100', { token: root.token })
  t.notMatch(list.bytes.toString(), key)
  t.ok(list.body.items.some((item: { id: string }) => item.id === id))
  const stored = await world.database.db.collection<{ _id: string }>('keys').findOne({ _id: id })
  t.notMatch(JSON.stringify(stored), key)
  t.equal((await asks('GET', '/v1/images/none/stats', { key })).status, 404)
  t.equal((await asks('POST', '/v1/events', { key, json: {} })).status, 403)
  const unused = await world.hasKey({ app: 'shop', scopes: ['stats:read'] })
  t.equal((await asks('DELETE', `/v1/keys/${unused.id}`, { token: root.token })).status, 204)
  t.equal((await asks('GET', '/v1/images/none/stats', { key: unused.key })).status, 401)
  t.equal((await asks('DELETE', '/v1/keys/none', { token: root.token })).status, 404)
})

t.test('keys that make no sense are refused by their field', async t => {
  const root = await world.signsIn({ email: 'root@example.com', password: 'a password for root' })
  const good = { name: 'a key', app: 'shop', scopes: ['events:write'] }
  const cases: [string, object][] = [
    ['/scopes', { ...good, scopes: ['events:collect', 'stats:read'], origins: ['https://shop.example'] }],
    ['/origins', { ...good, scopes: ['events:collect'] }],
    ['/scopes/0', { ...good, scopes: ['everything'] }],
    ['/app', { ...good, app: 'A Shop' }],
    ['/ownerId', { ...good, ownerId: 'nobody' }],
    ['/expiresAt', { ...good, expiresAt: '2020-01-01T00:00:00Z' }],
  ]
  for (const [pointer, json] of cases) {
    const { status, body } = await asks('POST', '/v1/keys', { token: root.token, json })
    t.equal(status, 400, pointer)
    t.ok(
      body.errors.some((fault: { pointer: string }) => fault.pointer === pointer),
      JSON.stringify(body.errors),
    )
  }
})
