import t from 'tap'
import type { Session } from '../../src/accounts/sessions/session.ts'
import { startScript } from '../helpers/service.ts'
import { ADMIN, type Answer, openWorld, testEnvironment, worldAt } from '../helpers/world.ts'

const world = await openWorld(t, { TRUST_PROXY: '127.0.0.1' })
const { asks, database } = world
const sessions = database.db.collection<Session>('sessions')
const HTTPS_ORIGIN = { origin: 'https://glance.example', 'x-forwarded-host': 'glance.example' }
const SITE = { 'sec-fetch-site': 'same-origin' }

/** Returns the cookie that an answer sets, as a browser sends it, and its attributes in lower case. */
function cookieOf({ headers }: Answer): { cookie: string; attributes: string[] } {
  const [cookie = '', ...attributes] = (headers.get('set-cookie') ?? '').split('; ')
  return { cookie, attributes: attributes.map(attribute => attribute.toLowerCase()) }
}

const isCleared = (answer: Answer) => /^[\w-]+=; .*Max-Age=0/.test(answer.headers.get('set-cookie') ?? '')
const credentialsOf = (name: string) => ({ email: `${name}@example.com`, password: `${name}'s own password` })

/** Signs a new account in with a cookie. */
async function signsInWithCookie(name: string, headers: Record<string, string> = SITE) {
  const { token } = await world.signsUp(name)
  const answer = await asks('POST', '/v1/sessions', { json: { ...credentialsOf(name), cookie: true }, headers })
  return { ...cookieOf(answer), answer, token: answer.body.accessToken as string, otherToken: token }
}

/** Refreshes the session of a cookie, without a body. */
const refreshes = (cookie: string, headers: Record<string, string> = SITE) =>
  asks('POST', '/v1/sessions/refresh', { headers: { ...headers, cookie } })
const signsOut = (cookie: string, ask: { token?: string; key?: string } = {}, headers: Record<string, string> = SITE) =>
  asks('DELETE', '/v1/sessions/current', { ...ask, headers: { ...headers, cookie } })
const meStatus = async (token: string) => (await asks('GET', '/v1/users/me', { token })).status

t.test('over http the refresh token is in a cookie for the session routes, and not in the body', async t => {
  const { answer, cookie, attributes, token } = await signsInWithCookie('ann')
  t.equal(answer.status, 201)
  t.same(Object.keys(answer.body).sort(), ['accessToken', 'expiresIn', 'tokenType'])
  t.match(cookie, /^glance-refresh=[^.]+\.0\./)
  t.same(attributes.sort(), ['httponly', 'max-age=2592000', 'path=/v1/sessions', 'samesite=strict'])
  t.equal(await meStatus(token), 200)
  const without = await asks('POST', '/v1/sessions', { json: { ...credentialsOf('ann'), cookie: false } })
  t.type(without.body.refreshToken, 'string')
  t.equal(without.headers.get('set-cookie'), null)
})

t.test('over https, which Origin or a trusted proxy tells, the cookie has the prefix __Host-', async t => {
  const bob = await signsInWithCookie('bob', HTTPS_ORIGIN)
  t.match(bob.cookie, /^__Host-glance-refresh=/)
  t.same(bob.attributes.sort(), ['httponly', 'max-age=2592000', 'path=/', 'samesite=strict', 'secure'])
  const proxied = {
    'x-forwarded-for': '203.0.113.9',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'glance.example',
  }
  const next = await refreshes(bob.cookie, proxied)
  t.equal(next.status, 200)
  t.match(cookieOf(next).cookie, /^__Host-glance-refresh=[^.]+\.1\./)
  t.equal((await refreshes(bob.cookie.replace('__Host-', ''), proxied)).status, 401, 'the name of http does not count')
  const gone = await signsOut(cookieOf(next).cookie, {}, HTTPS_ORIGIN)
  t.equal(gone.status, 204)
  t.ok(isCleared(gone))
  t.ok(cookieOf(gone).attributes.includes('secure'), 'browsers ignore it otherwise')
})

t.test('a refresh without a body takes the cookie and renews it; two tabs get the same next token', async t => {
  const { cookie } = await signsInWithCookie('carl')
  const [one, two] = [await refreshes(cookie), await refreshes(cookie)]
  t.equal(one.status, 200)
  t.same(Object.keys(one.body).sort(), ['accessToken', 'expiresIn', 'tokenType'])
  t.equal(cookieOf(two).cookie, cookieOf(one).cookie)
  t.not(cookieOf(one).cookie, cookie)
  t.ok(cookieOf(one).attributes.includes('max-age=2592000'))
  const third = await asks('POST', '/v1/sessions/refresh', { json: {}, headers: { cookie: cookieOf(one).cookie } })
  t.match(cookieOf(third).cookie, /\.2\./, 'an empty object is no refresh token either')
  t.equal(await meStatus(third.body.accessToken), 200)
})

t.test('a cookie that was used before ends the session and is removed', async t => {
  const { cookie, token } = await signsInWithCookie('dora')
  const next = cookieOf(await refreshes(cookie)).cookie
  await sessions.updateOne({ _id: cookie.split(/[=.]/)[1] ?? '' }, [
    { $set: { rotatedAt: { $subtract: ['$rotatedAt', 11_000] } } },
  ])
  for (const used of [cookie, next]) {
    const answer = await refreshes(used)
    t.equal(answer.status, 401)
    t.ok(isCleared(answer))
  }
  t.equal(await meStatus(token), 401)
})

t.test('without a refresh token the answer is 401, and a body that is none is 400', async t => {
  const { status, body, headers } = await asks('POST', '/v1/sessions/refresh')
  t.equal(status, 401)
  t.equal(body.code, 'unauthenticated')
  t.equal(headers.get('set-cookie'), null)
  for (const json of [null, [], { refreshToken: 7 }, { more: 1 }])
    t.equal((await asks('POST', '/v1/sessions/refresh', { json })).status, 400, JSON.stringify(json))
})

t.test('a refresh token in the body wins, and no cookie is set', async t => {
  const { cookie } = await signsInWithCookie('eve')
  const { refreshToken } = await world.signsUp('fay')
  const answer = await asks('POST', '/v1/sessions/refresh', { json: { refreshToken }, headers: { cookie, ...SITE } })
  t.equal(answer.status, 200)
  t.match(answer.body.refreshToken, refreshToken.split('.')[0])
  t.equal(answer.headers.get('set-cookie'), null)
  t.match(cookieOf(await refreshes(cookie)).cookie, /\.1\./, 'the session of the cookie was not refreshed')
})

t.test(
  'sign-out ends the session of the cookie, with or without a valid access token, and removes the cookie',
  async t => {
    const both = await signsInWithCookie('gil')
    const alone = await signsInWithCookie('hal')
    const expired = await signsInWithCookie('ida')
    const asked: [typeof both, object][] = [
      [both, { token: both.token }],
      [alone, {}],
      [expired, { token: 'expired' }],
    ]
    for (const [{ cookie, token, otherToken }, ask] of asked) {
      const answer = await signsOut(cookie, ask)
      t.equal(answer.status, 204)
      t.ok(isCleared(answer))
      t.equal(await meStatus(token), 401)
      t.equal(await meStatus(otherToken), 200, 'the other session goes on')
      const again = await signsOut(cookie)
      t.equal(again.status, 401)
      t.ok(isCleared(again), 'a cookie without a session is removed too')
    }
    const { token: root } = await world.root()
    const { body } = await asks('GET', '/v1/audit?what=session_ended', { token: root })
    for (const { cookie } of [both, alone, expired])
      t.ok(body.items.some(({ thing }: { thing: string }) => cookie.includes(`=${thing}.`)))
  },
)

t.test('an API key does not sign out, also with a cookie', async t => {
  const { cookie, token } = await signsInWithCookie('jim')
  const { key } = await world.hasKey({ app: 'shop', scopes: ['stats:read'] })
  t.equal((await signsOut(cookie, { key })).status, 403)
  t.equal(await meStatus(token), 200)
})

t.test('a cookie authenticates nothing else', async t => {
  const { cookie } = await signsInWithCookie('kim')
  for (const [method, path] of [
    ['GET', '/v1/users/me'],
    ['GET', '/v1/sessions'],
    ['DELETE', '/v1/sessions'],
    ['DELETE', '/v1/sessions/none'],
    ['POST', '/v1/sessions/current/confirmation'],
    ['GET', '/v1/audit'],
  ] as const)
    t.equal((await asks(method, path, { headers: { cookie, ...SITE } })).status, 401, `${method} ${path}`)
})

t.test('a cookie from a page of another origin is refused, and has no effect', async t => {
  const { cookie } = await signsInWithCookie('lou')
  const elsewhere: Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: world.url.replace(/:\d+$/, ':1') },
    { origin: 'null' },
  ]
  for (const headers of elsewhere) {
    const signIn = { json: { ...credentialsOf('lou'), cookie: true }, headers }
    const sent = headers.origin?.startsWith('https') ? `__Host-${cookie}` : cookie
    for (const answer of [
      await refreshes(sent, headers),
      await signsOut(sent, {}, headers),
      await asks('POST', '/v1/sessions', signIn),
    ]) {
      t.equal(answer.status, 403, JSON.stringify(headers))
      t.match(answer.body, { code: 'forbidden', detail: /same origin/ })
      t.equal(answer.headers.get('set-cookie'), null)
    }
  }
  t.match(
    cookieOf(await refreshes(cookie, { origin: world.url })).cookie,
    /\.1\./,
    'the page of the service itself may',
  )
  const body = { json: credentialsOf('lou'), headers: { origin: 'https://evil.example' } }
  t.equal((await asks('POST', '/v1/sessions', body)).status, 201, 'without a cookie the origin does not matter')
})

t.test('a new password keeps the browser session in which it was set; ending all sessions ends it', async t => {
  const { cookie, token } = await signsInWithCookie('mia')
  const json = { currentPassword: credentialsOf('mia').password, newPassword: 'a new one that is good' }
  t.equal((await asks('PUT', '/v1/users/me/password', { token, json })).status, 204)
  const next = await refreshes(cookie)
  t.equal(next.status, 200)
  t.equal((await asks('DELETE', '/v1/sessions', { token: next.body.accessToken })).status, 204)
  const over = await refreshes(cookieOf(next).cookie)
  t.equal(over.status, 401)
  t.ok(isCleared(over))
})

t.test('the log shows neither cookies nor tokens', async t => {
  const env = await testEnvironment(t, { LOG_LEVEL: 'trace', DATABASE: database.db.databaseName })
  const service = startScript(t, 'src/main.ts', env)
  const [, url = ''] = await service.says(/listening at (http:[^"]+)"/)
  const { asks } = worldAt(url)
  const signedIn = await asks('POST', '/v1/sessions', { json: { ...ADMIN, cookie: true } })
  const { cookie } = cookieOf(signedIn)
  const next = cookieOf(await asks('POST', '/v1/sessions/refresh', { headers: { cookie } })).cookie
  await asks('POST', '/v1/sessions/refresh', { headers: { cookie: next, 'sec-fetch-site': 'cross-site' } })
  await asks('DELETE', '/v1/sessions/current', { headers: { cookie: next } })
  await asks('DELETE', '/v1/sessions/current', { headers: { cookie: next } })
  t.equal(await service.kill('SIGTERM'), 0)
  t.match(service.output(), '/v1/sessions/refresh')
  for (const secret of [cookie, next, signedIn.body.accessToken])
    t.notMatch(service.output(), secret.split('.').at(-1), 'the signature of a token')
})
