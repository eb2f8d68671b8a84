import t from 'tap'
import { newImage } from '../helpers/images/new-image.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { asks } = world
const origin = 'https://shop.example'

t.test('answers to a known caller are not stored by caches, and say which headers they depend on', async t => {
  const ann = await world.signsUp('ann')
  const { key } = await world.hasKey({ app: 'shop', scopes: ['stats:read'] })
  const open = await newImage(ann)
  const hidden = await newImage(ann, { visibility: 'private' })
  const { token } = ann
  const cases: [string, object, string | null, boolean][] = [
    ['/v1/users/me', { token }, 'private, no-store', true],
    ['/v1/sessions', { token }, 'private, no-store', true],
    [`/v1/images?owner=${ann.id}`, { token }, 'private, no-store', true],
    [`/v1/images/${open.id}/comments`, { key }, 'private, no-store', true],
    ['/v1/images', {}, null, true],
    [`/v1/images/${open.id}`, { token }, 'private, no-cache', true],
    [`/v1/images/${open.id}/stats`, { key }, 'private, max-age=5', true],
    [`/v1/images/${hidden.id}/file`, { token }, 'private, no-cache', true],
    [`/v1/images/${hidden.id}/file`, {}, 'no-store', true],
    [`/v1/images/${open.id}/file`, {}, 'public, max-age=3600', false],
    ['/metrics', {}, 'private, no-store', true],
  ]
  for (const [path, ask, control, varies] of cases) {
    const { headers } = await asks('GET', path, ask)
    t.equal(headers.get('cache-control'), control, path)
    const vary = (headers.get('vary') ?? '').toLowerCase().split(', ')
    t.equal(vary.includes('authorization') && vary.includes('x-api-key'), varies, `${path}: ${vary}`)
  }
})

t.test('every 401 says how to authenticate', async t => {
  const answers = [
    await asks('GET', '/v1/users/me'),
    await asks('GET', '/v1/images', { key: 'glk_wrong' }),
    await asks('GET', `/v1/images?sha256=${'a'.repeat(64)}`),
    await asks('POST', '/v1/sessions', { json: { email: 'nobody@example.com', password: 'who knows' } }),
    await asks('POST', '/v1/sessions/refresh', { json: { refreshToken: 'none' } }),
  ]
  for (const { status, headers } of answers) {
    t.equal(status, 401)
    t.match(headers.get('www-authenticate'), /^Bearer/)
  }
})

t.test('a key in the URL is accepted only if web pages show it anyway', async t => {
  const { token } = await world.signsUp('bob')
  const server = await world.hasKey({ app: 'shop', scopes: ['events:write'] })
  const page = await world.hasKey({ app: 'shop', scopes: ['events:collect'], origins: [origin] })
  const beacon = (key: string, name = 'key') =>
    asks('POST', `/v1/events?${name}=${key}`, { json: [], headers: { origin } })
  t.equal((await beacon(page.key)).status, 202)
  t.equal((await beacon(page.key, '%6Bey')).status, 202)
  for (const credential of [server.key, token]) {
    const { status, body } = await beacon(credential)
    t.equal(status, 401)
    t.equal(body.code, 'unauthenticated')
  }
  t.match((await beacon(server.key)).body.detail, /events:collect/)
  t.equal((await asks('POST', '/v1/events', { key: server.key, json: [] })).status, 202, 'in a header it is')
})
