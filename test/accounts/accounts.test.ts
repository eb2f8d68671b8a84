import t from 'tap'
import type { LoggedEvent } from '../../src/events/event.ts'
import { noise } from '../helpers/pictures.ts'
import { startScript } from '../helpers/service.ts'
import { until } from '../helpers/until.ts'
import { openWorld, testEnvironment } from '../helpers/world.ts'

const env = await testEnvironment(t, {
  TRUST_PROXY: '127.0.0.1',
  GEOGRAPHY_HEADERS: 'cf-ipcountry, cf-region, cf-ipcity',
})
const world = await openWorld(t, env)
const { asks, database } = world

t.test('a sign-up creates an account, and no answer contains the password hash', async t => {
  const geography = { country: 'CH', city: 'Basel' }
  const json = { email: 'Bea@Example.com', password: 'a good long one', displayName: 'Bea', geography }
  const made = await asks('POST', '/v1/users', { json })
  t.equal(made.status, 201)
  t.match(made.body, { email: 'Bea@Example.com', displayName: 'Bea', geography, roles: ['user'] })
  t.notMatch(made.bytes.toString(), /hash|\$2/)
  const bea = await world.signsIn({ email: 'bea@example.COM', password: json.password })
  t.equal(bea.id, made.body.id)
})

t.test('an invalid sign-up is rejected with the field named', async t => {
  const good = { email: 'good@example.com', password: 'a good long one' }
  const cases: [string, object][] = [
    ['/email', { ...good, email: 'none' }],
    ['/email/$ne', { ...good, email: { $ne: '' } }],
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
  t.equal(
    (await asks('POST', '/v1/users', { json: { ...good, password: 'a good long one '.repeat(5).slice(0, 72) } }))
      .status,
    201,
  )
})

t.test('of twenty concurrent sign-ups with one e-mail one succeeds', async t => {
  const race = Array.from({ length: 20 }, (_, i) => {
    const email = i % 2 ? 'race@example.com' : 'RACE@example.com'
    return asks('POST', '/v1/users', { json: { email, password: 'a good long one' } })
  })
  const statuses = (await Promise.all(race)).map(({ status }) => status)
  t.equal(statuses.filter(status => status === 201).length, 1)
  t.equal(statuses.filter(status => status === 409).length, 19)
})

t.test('an API key is shown once, works within its scopes, and is refused after it is revoked', async t => {
  const { key, id } = await world.hasKey({ app: 'shop', scopes: ['stats:read'] })
  t.match(key, /^glk_/)
  const root = await world.root()
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

t.test('an invalid API key is rejected with the field named', async t => {
  const root = await world.root()
  const good = { name: 'a key', app: 'shop', scopes: ['events:write'] }
  const cases: [string, object][] = [
    ['/scopes', { ...good, scopes: ['events:collect', 'stats:read'], origins: ['https://shop.example'] }],
    ['/origins', { ...good, scopes: ['events:collect'] }],
    ['/scopes/0', { ...good, scopes: ['everything'] }],
    ['/app', { ...good, app: 'A Shop' }],
    ['/ownerId', { ...good, ownerId: 'nobody' }],
    ['/expiresAt', { ...good, expiresAt: '2020-01-01T00:00:00Z' }],
    ['/expiresAt', { ...good, expiresAt: '2030-12-31T23:59:60Z' }],
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

t.test('PATCH changes the given properties of an account; null removes one', async t => {
  const { token } = await world.signsUp('changing')
  const changed = (json: object) => asks('PATCH', '/v1/users/me', { token, json })
  t.match((await changed({ displayName: 'Cha', geography: { country: 'CH', region: 'Uri' } })).body, {
    displayName: 'Cha',
  })
  const { body } = await changed({ displayName: null })
  t.notOk('displayName' in body)
  t.same(body.geography, { country: 'CH', region: 'Uri' })
  for (const json of [{ geography: { country: 'ZZ' } }, { roles: ['admin'] }, { geography: { region: 'Uri' } }]) {
    t.equal((await changed(json)).status, 400, JSON.stringify(json))
  }
  t.notOk('geography' in (await changed({ geography: null })).body)
})

t.test('changed roles take effect at once: older access tokens are refused, refreshing issues new ones', async t => {
  const { token: root } = await world.root()
  const eve = await world.signsUp('eve')
  const found = await asks('GET', '/v1/users?email=EVE@example.com', { token: root })
  t.same(
    found.body.items.map(({ id }: { id: string }) => id),
    [eve.id],
  )
  const roles = ['user', 'admin']
  const set = (id: string, json: object) => asks('PUT', `/v1/users/${id}/roles`, { token: root, json })
  t.same((await set(eve.id, { roles })).body.roles, roles)
  t.equal((await set('nobody', { roles })).status, 404)
  t.equal((await set(eve.id, { roles: ['king'] })).body.errors[0].pointer, '/roles/0')
  t.equal((await asks('GET', '/v1/users', { token: eve.token })).status, 401)
  const { body } = await asks('POST', '/v1/sessions/refresh', { json: { refreshToken: eve.refreshToken } })
  t.equal((await asks('GET', '/v1/users?limit=1', { token: body.accessToken })).body.items.length, 1)
})

t.test('npm run admin grants a role to one account only', async t => {
  const amy = await world.signsUp('amy')
  const grant = (email: string) =>
    startScript(t, 'scripts/admin.ts', env, { words: ['grant', email, 'analyst'] }).ended()
  t.same(await Promise.all([grant('Amy@example.com'), grant('nobody@example.com')]), [0, 1])
  const { token } = await world.root()
  const { body } = await asks('GET', '/v1/users?email=amy@example.com', { token })
  t.same(body.items[0].roles, ['user', 'analyst'])
  await until('the service refuses what it signed before', async () => {
    return (await asks('GET', '/v1/users/me', { token: amy.token })).status === 401
  })
})

t.test('the audit trail contains actions with pseudonyms, and is filtered by pseudonym or id', async t => {
  const { token: root, id: rootId } = await world.root()
  const noted = async (query: string) => (await asks('GET', `/v1/audit?${query}`, { token: root })).body.items
  const zoe = await world.signsUp('zoe')
  await asks('POST', '/v1/sessions', {
    json: { email: 'zoe@example.com', password: 'not hers at all' },
    headers: { 'x-forwarded-for': '203.0.113.9' },
  })
  const [failed, signedIn] = await noted(`who=${zoe.id}`)
  t.match(failed, { what: 'sign_in_failed', who: /^p-/, address: '203.0.113.9' })
  t.match(signedIn, { what: 'signed_in', who: failed.who })
  t.equal((await noted(`who=${failed.who}&what=sign_in_failed`)).length, 1)
  await asks('PUT', `/v1/users/${zoe.id}/roles`, { token: root, json: { roles: ['user', 'analyst'] } })
  const [changed] = await noted(`who=${rootId}&what=roles_changed`)
  t.match(changed, { whom: failed.who, roles: ['user', 'analyst'] })
  t.same(await noted(`to=${new Date(0).toISOString()}`), [])
  const everything = await database.db.collection('audit').find().toArray()
  t.notMatch(JSON.stringify(everything), new RegExp(`${zoe.id}|zoe@`))
  const [first, second] = [await noted('limit=1'), (await asks('GET', '/v1/audit?limit=1', { token: root })).body]
  const next = await noted(`limit=1&cursor=${second.nextCursor}`)
  t.ok(first[0].id > next[0].id, 'a page goes on where the last one ended')
})

t.test('a time that does not exist is rejected with the field named, on every route with a time', async t => {
  const { token } = await world.root()
  for (const path of ['/v1/audit?', '/v1/stats/overview?to=2030-01-01T00:00:00Z&', '/v1/exports/events?']) {
    for (const time of ['2016-12-31T23:59:60Z', '9999-12-31T23:00:00Z']) {
      const { status, body } = await asks('GET', `${path}from=${time}`, { token })
      t.equal(status, 400, `${path}from=${time}`)
      t.match(body.errors, [{ pointer: '/querystring/from' }])
    }
  }
})

t.test('the audit trail records the first use of a key, and new addresses at most once an hour', async t => {
  const { token: root } = await world.root()
  const { key, id } = await world.hasKey({ app: 'shop', scopes: ['stats:read'] })
  const usedFrom = (address: string) =>
    asks('GET', '/v1/images/none/stats', { key, headers: { 'x-forwarded-for': address } })
  await Promise.all([usedFrom('203.0.113.1'), usedFrom('203.0.113.1'), usedFrom('203.0.113.1')])
  for (let i = 2; i < 6; i++) await usedFrom(`203.0.113.${i}`)
  const notes = async () => (await asks('GET', `/v1/audit?who=${id}`, { token: root })).body.items
  await until('the thief is noted', async () => (await notes()).length > 1)
  t.match(await notes(), [
    { what: 'key_used_elsewhere', thing: id, address: '203.0.113.2' },
    { what: 'key_first_used', thing: id, address: '203.0.113.1' },
  ])
  t.equal((await notes()).length, 2, 'the hour is not over')
  const { body: list } = await asks('GET', '/v1/keys?limit=100', { token: root })
  t.ok(list.items.find((item: { id: string }) => item.id === id).lastUsedAt)
})

t.test('the geography of an event comes from the event, its account or a trusted proxy', async t => {
  const abroad = { 'cf-ipcountry': 'FR', 'cf-ipcity': Buffer.from('Besançon').toString('latin1'), 'cf-region': 'Doubs' }
  const geography = { country: 'CH', city: 'Basel' }
  const homely = await world.signsUp('homely')
  await asks('PATCH', '/v1/users/me', { token: homely.token, json: { geography } })
  const nomad = await world.signsUp('nomad')
  const { body: image } = await homely.uploads(await noise(40, 30))
  const server = await world.hasKey({ app: 'server', scopes: ['events:write'] })
  const origin = 'https://shop.example'
  const page = await world.hasKey({ app: 'page', scopes: ['events:collect'], origins: [origin] })
  const view = { imageId: image.id, type: 'view', at: new Date().toISOString() }
  const sent: [string, object, object][] = [
    ['itself', { ...view, geography: { country: 'JP' } }, { token: homely.token, headers: abroad }],
    ['its person', view, { token: homely.token, headers: abroad }],
    ['the proxy', view, { token: nomad.token, headers: abroad }],
    ['the person a server names', { ...view, userId: homely.id }, { key: server.key, headers: abroad }],
    ['nobody, for a server is elsewhere', { ...view, visitorId: 'v' }, { key: server.key, headers: abroad }],
    ['the proxy of a page', { ...view, visitorId: 'v' }, { key: page.key, headers: { ...abroad, origin } }],
    ['nobody, for the country is none', view, { token: nomad.token, headers: { ...abroad, 'cf-ipcountry': 'T1' } }],
  ]
  const whole = { country: 'FR', region: 'Doubs', city: 'Besançon' }
  const expected = [{ country: 'JP' }, geography, whole, geography, undefined, whole, undefined]
  for (const [i, [name, json, ask]] of sent.entries()) {
    const id = `geography-${i}`
    t.equal((await asks('POST', '/v1/events', { ...ask, json: { ...json, id, position: i } })).status, 202, name)
    const stored = await database.db.collection<LoggedEvent>('events').findOne({ imageId: image.id, position: i })
    t.same(stored?.geography, expected[i], name)
  }
})

t.test("a demoted admin's keys with scopes beyond its roles end; the others remain", async t => {
  const { token: root, id: rootId } = await world.root()
  const boss = await world.signsUp('boss')
  const become = (roles: string[]) => asks('PUT', `/v1/users/${boss.id}/roles`, { token: root, json: { roles } })
  await become(['user', 'admin'])
  const { token } = await world.signsIn({ email: 'boss@example.com', password: "boss's own password" })
  const made: Record<string, string> = {}
  for (const scope of ['erasures:write', 'exports:read', 'metrics:read', 'stats:read', 'events:write']) {
    const json = { name: 'a key', app: 'shop', scopes: [scope] }
    const { body } = await asks('POST', '/v1/keys', { token, json })
    t.equal(body.createdBy, boss.id)
    made[scope] = body.id
  }
  const others = await world.hasKey({ app: 'shop', scopes: ['erasures:write'], ownerId: boss.id })
  const ended = async () => {
    const { body } = await asks('GET', '/v1/keys?limit=100', { token: root })
    return Object.fromEntries(
      body.items.map((key: { id: string; revokedAt: string | null }) => [key.id, key.revokedAt !== null]),
    )
  }
  const endedScopes = async () => {
    const state = await ended()
    return Object.keys(made).filter(scope => state[made[scope] ?? ''])
  }
  await become(['user', 'analyst'])
  t.same(await endedScopes(), ['erasures:write', 'metrics:read'], 'an analyst may export')
  await become(['user'])
  t.same(await endedScopes(), ['erasures:write', 'exports:read', 'metrics:read'])
  t.equal((await ended())[others.id], false, 'a key that another admin made remains')
  const { body } = await asks('GET', `/v1/audit?what=key_revoked&who=${rootId}`, { token: root })
  t.ok(body.items.some(({ thing }: { thing: string }) => thing === made['exports:read']))
})
