import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect as dial } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import Fastify from 'fastify'
import t from 'tap'
import { Problem } from '../../src/errors.ts'
import { registerProblems } from '../../src/http/problems/problems.ts'
import type { App } from '../../src/http/server.ts'
import { type Ask, openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { asks } = world

t.test('liveness and readiness probes are answered', async t => {
  t.equal((await asks('GET', '/livez')).status, 200)
  t.same((await asks('GET', '/readyz')).body, { status: 'ok' })
})

t.test('a refusal is logged as a warning, a failure as an error with its stack', async t => {
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

t.test('a problem has none of the headers of the response that it replaces', async t => {
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

t.test('every error is problem+json with a stable code and the id of the request', async t => {
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

t.test('a request that is not valid HTTP is answered with a problem too', async t => {
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

t.test('a validation error names each field', async t => {
  const { body } = await asks('POST', '/v1/users', { json: { email: 'x', password: 12, 'ex/t~ra': 1 } })
  const pointers = body.errors.map((fault: { pointer: string }) => fault.pointer).sort()
  t.same(pointers, ['/email', '/ex~1t~0ra', '/password'])
})

t.test('405 names the allowed methods', async t => {
  const { headers } = await asks('DELETE', '/v1/events')
  t.equal(headers.get('allow'), 'POST')
})

t.test('OPTIONS that is no CORS preflight is answered with 405', async t => {
  const { status, headers, body } = await asks('OPTIONS', '/v1/images')
  t.equal(status, 405)
  t.equal(body.code, 'method_not_allowed')
  t.same(headers.get('allow')?.split(', ').sort(), ['GET', 'HEAD', 'POST'])
  t.equal((await asks('OPTIONS', '/nowhere')).status, 404)
})

t.test('control characters, lone surrogates and operators are refused on every route, with their position', async t => {
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
  t.equal(({} as { a?: number }).a, undefined, 'the prototype of objects is unchanged')
})

t.test('the OpenAPI document passes the linter', async t => {
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

t.test('the documentation page is served', async t => {
  const { status, headers } = await asks('GET', '/docs/')
  t.equal(status, 200)
  t.match(headers.get('content-type'), /html/)
  t.notMatch(headers.get('content-security-policy'), /upgrade-insecure/, 'it works over plain HTTP too')
})
