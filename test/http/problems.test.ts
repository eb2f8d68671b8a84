import { execFile } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { connect as dial } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { Problem } from '../../src/errors.ts'
import { registerBodyTimeout } from '../../src/http/plugins/body-timeout.ts'
import { SCOPES } from '../../src/http/plugins/identity.ts'
import { registerProblems } from '../../src/http/plugins/problems.ts'
import type { App } from '../../src/http/server.ts'
import { aWire } from '../helpers/wire.ts'
import { type Ask, openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { asks } = world
const JSON_TYPE = { 'content-type': 'application/json' }

t.test('probes answer', async t => {
  t.equal((await asks('GET', '/livez')).status, 200)
  t.same((await asks('GET', '/readyz')).body, { status: 'ok' })
})

t.test('what we choose to refuse is a line in the log, what fails is an error with its stack', async t => {
  const lines: Record<string, unknown>[] = []
  const app = Fastify({ logger: { level: 'warn', stream: { write: (line: string) => lines.push(JSON.parse(line)) } } })
  registerProblems(app as unknown as App)
  app.get('/full', () => Promise.reject(new Problem('unavailable', { detail: 'the queue is full' })))
  app.get('/broken', () => Promise.reject(new Error('a secret of ours')))
  t.equal((await app.inject('/full')).statusCode, 503)
  const broken = await app.inject('/broken')
  t.equal(broken.statusCode, 500)
  t.notMatch(broken.body, 'secret')
  t.match(lines, [
    { level: 40, msg: 'refused: the queue is full', err: undefined },
    { level: 50, err: { message: 'a secret of ours', stack: String } },
  ])
})

t.test('a problem says nothing of the answer that it takes the place of', async t => {
  const app = Fastify()
  registerProblems(app as unknown as App)
  const headers = {
    'accept-ranges': 'bytes',
    'cache-control': 'public, max-age=3600',
    'content-disposition': 'inline',
    'content-length': 9,
    'content-range': 'bytes 0-8/20',
    etag: '"of the file"',
    'last-modified': new Date().toUTCString(),
  }
  const lost = () =>
    new Readable({
      read() {
        this.destroy(new Error('the file is lost'))
      },
    })
  app.get('/file', (_request, reply) => reply.headers(headers).type('image/png').send(lost()))
  const { statusCode, headers: sent, body } = await app.inject('/file')
  t.equal(statusCode, 500)
  t.equal(JSON.parse(body).code, 'internal')
  t.match(sent, { 'cache-control': 'no-store', 'content-type': 'application/problem+json' })
  const { 'cache-control': _cache, 'content-length': _length, ...others } = headers
  for (const name of Object.keys(others)) t.notOk(sent[name], name)
})

/** A bare service of little patience with bodies, whose answers at /slow wait until they are released. */
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

t.test('a body that stops on its way is a 408, and its connection ends', async t => {
  const service = await impatientService(t)
  const sender = service.begins()
  sender.write('{')
  const [answer] = (await once(sender, 'response')) as [IncomingMessage]
  t.equal(answer.statusCode, 408)
  t.equal(answer.headers.connection, 'close')
  t.match(JSON.parse(await text(answer)), { code: 'request_timeout' })
  if (!answer.socket.closed) await once(answer.socket, 'close')
})

t.test('an answer may take longer than a body may', async t => {
  const service = await impatientService(t)
  const slow = [await service.asks('GET'), await service.asks('POST', '{}')]
  const late = service.begins()
  late.write('{')
  const [answer] = (await once(late, 'response')) as [IncomingMessage]
  t.equal(answer.statusCode, 408, 'the time of bodies is over')
  service.release()
  for (const { answer } of slow) t.equal((await answer).status, 200)
})

t.test('every error is problem+json with a stable code and the request in it', async t => {
  const cases = [
    ['GET', '/nowhere', {}, 404, 'not_found'],
    ['PUT', '/v1/images', {}, 405, 'method_not_allowed'],
    ['POST', '/v1/users', { body: '{', headers: { 'content-type': 'application/json' } }, 400, 'malformed_json'],
    ['POST', '/v1/users', { body: 'a=1', headers: { 'content-type': 'text/csv' } }, 415, 'unsupported_media_type'],
    ['POST', '/v1/users', { json: { email: 'x'.repeat(5000) } }, 413, 'payload_too_large'],
    ['POST', '/v1/users', { json: {} }, 400, 'invalid_request'],
    ['GET', '/v1/users/me', {}, 401, 'unauthenticated'],
    ['GET', '/v1/users/me', { token: 'nonsense' }, 401, 'unauthenticated'],
    ['GET', '/v1/images/%FF', {}, 400, 'invalid_request'],
    ['GET', '/v1/images/%zz', {}, 400, 'invalid_request'],
    ['GET', '/v1/images?cursor=WzFlMTYsIngiXQ', {}, 400, 'invalid_request'],
    ['GET', '/v1/images/%00', {}, 400, 'invalid_request'],
    ['GET', '/v1/images?limit=0', {}, 400, 'invalid_request'],
    ['GET', '/v1/images?cursor=bm90aGluZw', {}, 400, 'invalid_request'],
    ['GET', '/v1/images?tag[$ne]=x', {}, 400, 'invalid_request'],
  ] as const
  for (const [method, path, ask, status, code] of cases) {
    const answer = await asks(method, path, ask)
    t.equal(answer.status, status, `${method} ${path}`)
    t.equal(answer.body.code, code, `${method} ${path}`)
    t.equal(answer.headers.get('content-type'), 'application/problem+json')
    t.equal(answer.body.instance, `urn:uuid:${answer.headers.get('x-request-id')}`)
  }
})

t.test('what is no HTTP that can be read is a problem as well', async t => {
  const { hostname, port } = new URL(world.url)
  const cases = [
    ['GET /livez HTTP/1.1\r\nno header\r\n\r\n', 400, 'invalid_request'],
    [`GET /livez HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
  ] as const
  for (const [sent, status, code] of cases) {
    const socket = dial(Number(port), hostname)
    socket.write(sent)
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
    t.match(head, new RegExp(`^HTTP/1.1 ${status} `))
    t.match(head, /content-type: application\/problem\+json/)
    const problem = JSON.parse(body)
    t.match(problem, { status, code })
    t.equal(problem.instance, `urn:uuid:${/x-request-id: (.*)/.exec(head)?.[1]}`)
  }
})

t.test('a validation error points at each field', async t => {
  const { body } = await asks('POST', '/v1/users', { json: { email: 'x', password: 12, 'ex/t~ra': 1 } })
  const pointers = body.errors.map((fault: { pointer: string }) => fault.pointer).sort()
  t.same(pointers, ['/email', '/ex~1t~0ra', '/password'])
})

t.test('405 says what is allowed', async t => {
  const { headers } = await asks('DELETE', '/v1/events')
  t.equal(headers.get('allow'), 'POST')
})

t.test('a plain OPTIONS is a method like another', async t => {
  const { status, headers, body } = await asks('OPTIONS', '/v1/images')
  t.equal(status, 405)
  t.equal(body.code, 'method_not_allowed')
  t.same(headers.get('allow')?.split(', ').sort(), ['GET', 'HEAD', 'POST'])
  t.equal((await asks('OPTIONS', '/nowhere')).status, 404)
})

t.test('pages of a configured origin may call with every method and read what concerns scripts', async t => {
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
  t.equal((await open.asks('OPTIONS', '/v1/images', { headers: { origin } })).status, 405, 'that is no preflight')
})

/** Who may call what, said a second time: `open` looks at no credentials, `anybody` refuses wrong ones. */
const WHO_MAY: Record<string, 'open' | 'anybody' | string[]> = {
  live: 'open',
  ready: 'open',
  metrics: 'anybody',
  signUp: 'open',
  signIn: 'open',
  refreshSession: 'open',
  getMe: ['user', 'analyst', 'admin'],
  changeMe: ['user', 'analyst', 'admin'],
  changePassword: ['user', 'analyst', 'admin'],
  listSessions: ['user', 'analyst', 'admin'],
  endSession: ['user', 'analyst', 'admin'],
  endOneSession: ['user', 'analyst', 'admin'],
  endSessions: ['user', 'analyst', 'admin'],
  createKey: ['admin'],
  listKeys: ['admin'],
  revokeKey: ['admin'],
  listUsers: ['admin'],
  setRoles: ['admin'],
  readAudit: ['admin'],
  exportMe: ['user', 'analyst', 'admin'],
  getErasure: 'open',
  requestErasure: ['user', 'analyst', 'admin', 'erasures:write'],
  uploadImage: ['user', 'analyst', 'admin', 'images:write'],
  listImages: 'anybody',
  getImage: 'anybody',
  getImageFile: 'anybody',
  changeImage: ['user', 'analyst', 'admin'],
  deleteImage: ['user', 'analyst', 'admin'],
  deleteImages: ['user', 'analyst', 'admin'],
  getFeedback: ['user', 'analyst', 'admin'],
  putFeedback: ['user', 'analyst', 'admin'],
  patchFeedback: ['user', 'analyst', 'admin'],
  deleteFeedback: ['user', 'analyst', 'admin'],
  listFeedback: ['user', 'analyst', 'admin'],
  postComment: ['user', 'analyst', 'admin'],
  listComments: 'anybody',
  deleteComment: ['user', 'analyst', 'admin'],
  postEvents: ['user', 'analyst', 'admin', 'events:write', 'events:collect'],
  listMyEvents: ['user', 'analyst', 'admin'],
  getImageStats: ['user', 'analyst', 'admin', 'stats:read'],
  getTopImages: ['user', 'analyst', 'admin', 'stats:read'],
  getTrendingImages: ['user', 'analyst', 'admin', 'stats:read'],
  getOverview: ['analyst', 'admin', 'stats:read'],
  listReports: ['analyst', 'admin', 'exports:read'],
  getReport: ['analyst', 'admin', 'exports:read'],
  exportEvents: ['analyst', 'admin', 'exports:read'],
  exportFeedback: ['analyst', 'admin', 'exports:read'],
  exportImages: ['analyst', 'admin', 'exports:read'],
}

const PEOPLE = ['user', 'analyst', 'admin'] as const

/** Somebody of each role, signed in. */
async function signedIn(): Promise<Record<string, Ask>> {
  const { token } = await world.root()
  const callers: Record<string, Ask> = {}
  for (const role of PEOPLE) {
    const { id } = await world.signsUp(role)
    await asks('PUT', `/v1/users/${id}/roles`, {
      token,
      json: { roles: ['user', role].slice(role === 'user' ? 1 : 0) },
    })
    callers[role] = { token: (await world.signsUp(role)).token }
  }
  return callers
}

/** Strangers, and a key of each scope, by name with what they send. */
async function strangersAndKeys(): Promise<Record<string, Ask>> {
  const origins = ['https://shop.example']
  const callers: Record<string, Ask> = {
    nobody: {},
    'a wrong token': { token: 'nonsense' },
    'a wrong key': { key: 'glk_wrong' },
  }
  for (const scope of SCOPES) {
    const { key } = await world.hasKey({ app: 'walker', scopes: [scope], origins })
    callers[scope] = { key, headers: { origin: origins[0] ?? '' } }
  }
  return callers
}

t.test('every route of the document is for those who may call it, and for nobody else', async t => {
  const { body } = await asks('GET', '/openapi.json')
  const operations = Object.entries<Record<string, { operationId: string }>>(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({ path, method: method.toUpperCase(), operationId })),
  )
  t.same(
    operations.map(({ operationId }) => operationId).filter(name => !(name in WHO_MAY)),
    [],
    'every route has an entry',
  )
  const others = await strangersAndKeys()
  let people = await signedIn()
  for (const { path, method, operationId } of operations) {
    const who = WHO_MAY[operationId] ?? []
    for (const [name, ask] of Object.entries({ ...others, ...people })) {
      const { status } = await asks(method, path.replace(/\{\w+\}/g, 'nothing'), ask)
      const isUnknown = ['nobody', 'a wrong token', 'a wrong key'].includes(name)
      const isAllowed = who === 'open' || (who === 'anybody' ? !name.startsWith('a wrong') : who.includes(name))
      const what = `${operationId} by ${name}: ${status}`
      if (isAllowed) t.notOk([401, 403].includes(status), what)
      else t.equal(status, isUnknown ? 401 : 403, what)
    }
    if (operationId === 'endSession' || operationId === 'endSessions') people = await signedIn()
  }
})

t.test('what no store keeps, or could take for an operator, is refused with its place on every route', async t => {
  const { token } = await world.signsUp('injector')
  const deep = JSON.parse(`${'{"a":'.repeat(20)}1${'}'.repeat(20)}`)
  const json = (text: string) => ({ body: text, headers: { 'content-type': 'application/json' } })
  const cases: [string, string, Ask, string][] = [
    ['POST', '/v1/sessions', { json: { email: { $ne: null }, password: 'x' } }, '/email/$ne'],
    ['POST', '/v1/sessions', { json: { email: 'a\u0000b', password: 'x' } }, '/email'],
    ['POST', '/v1/sessions', { json: { email: '\ud800', password: 'x' } }, '/email'],
    ['POST', '/v1/sessions', { json: { email: deep, password: 'x' } }, `/email${'/a'.repeat(15)}`],
    ['POST', '/v1/sessions', { json: { email: 'a@b.c', password: 'x', 'roles.0': 'admin' } }, '/roles.0'],
    ['POST', '/v1/sessions', json('{"email": "a@b.c", "password": "x", "__proto__": {"a": 1}}'), '/__proto__'],
    ['POST', '/v1/users', json('{"email": {"constructor": {"prototype": 1}}}'), '/email/constructor'],
    ['PATCH', '/v1/users/me', { token, json: { geography: { country: 'CH', city: 'a\u0000' } } }, '/geography/city'],
    ['PATCH', '/v1/users/me', { token, json: { $set: 1 } }, '/$set'],
    ['PATCH', '/v1/users/me', { token, json: { '/~': '\udfff' } }, '/~1~0'],
    ['GET', '/v1/users/me?email[$ne]=x', { token }, '/querystring/email[$ne]'],
    ['GET', '/v1/sessions?limit=1&limit=2', { token }, '/querystring/limit'],
    ['GET', '/v1/sessions?cursor=%00', { token }, '/querystring/cursor'],
    ['DELETE', '/v1/sessions/a%00b', { token }, '/params/id'],
    ['DELETE', '/v1/sessions/$ne', { token }, '/params/id'],
  ]
  for (const [method, path, ask, pointer] of cases) {
    const { status, body } = await asks(method, path, ask)
    t.equal(status, 400, `${method} ${path} ${pointer}`)
    t.ok(
      body.errors?.some((fault: { pointer: string }) => fault.pointer === pointer),
      `${pointer} is in ${JSON.stringify(body.errors)}`,
    )
  }
  t.equal(({} as { a?: number }).a, undefined, 'nothing got into the prototype')
})

t.test('the OpenAPI document is clean', async t => {
  const { body } = await asks('GET', '/openapi.json')
  t.equal(body.openapi, '3.1.0')
  const folder = await mkdtemp(join(tmpdir(), 'glance-openapi-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'openapi.json'), JSON.stringify(body))
  const lint = promisify(execFile)('npx', ['redocly', 'lint', join(folder, 'openapi.json'), '--format=stylish'], {
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', CI: 'true' },
  })
  await t.resolves(lint.catch(error => Promise.reject(new Error(`${error.stdout}${error.stderr}`))))
})

t.test('the documentation page is there', async t => {
  const { status, headers } = await asks('GET', '/docs/')
  t.equal(status, 200)
  t.match(headers.get('content-type'), /html/)
  t.notMatch(headers.get('content-security-policy'), /upgrade-insecure/, 'it is read over plain http as well')
})

t.test('metrics are for this machine, or for a key', async t => {
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

t.test('metrics are there when the database is not', async t => {
  const wire = await aWire(t)
  const cut = await openWorld(t, { MONGODB_URI: wire.uri })
  wire.onRequest = () => 'cut'
  const { status, bytes } = await cut.asks('GET', '/metrics')
  wire.onRequest = () => 'pass'
  t.equal(status, 200)
  t.match(bytes.toString(), /^glance_queue_events 0$/m)
  t.notMatch(bytes.toString(), /^glance_oldest_mark_age_seconds /m)
})

t.test('the rate limit counts by caller and says when to come again', async t => {
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

t.test("an app's server is held up by the queue where it reports events, and counted elsewhere", async t => {
  const limited = await openWorld(t, { RATE_LIMIT: '3' })
  const { key } = await limited.hasKey({ app: 'shop', scopes: ['events:write'] })
  for (let i = 0; i < 5; i++) t.equal((await limited.asks('POST', '/v1/events', { key, json: [] })).status, 202)
  for (const status of [200, 200, 200, 429]) t.equal((await limited.asks('GET', '/v1/images', { key })).status, status)
})
