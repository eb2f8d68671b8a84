import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { ADMIN, openWorld } from './helpers/world.ts'

const world = await openWorld(t)
const { asks } = world

t.test('probes answer', async t => {
  t.equal((await asks('GET', '/livez')).status, 200)
  t.same((await asks('GET', '/readyz')).body, { status: 'ok' })
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

t.test('a validation error points at each field', async t => {
  const { body } = await asks('POST', '/v1/users', { json: { email: 'x', password: 12, extra: 1 } })
  const pointers = body.errors.map((fault: { pointer: string }) => fault.pointer).sort()
  t.same(pointers, ['/email', '/extra', '/password'])
})

t.test('405 says what is allowed', async t => {
  const { headers } = await asks('DELETE', '/v1/events')
  t.equal(headers.get('allow'), 'POST')
})

t.test('every route of the document refuses who may not call it', async t => {
  const { body } = await asks('GET', '/openapi.json')
  const open = new Set([
    'live',
    'ready',
    'signUp',
    'signIn',
    'listImages',
    'getImage',
    'getImageFile',
    'listComments',
    'metrics',
  ])
  const ann = await world.signsUp('visitor')
  let checked = 0
  for (const [path, methods] of Object.entries<Record<string, { operationId: string; security: object[] }>>(
    body.paths,
  )) {
    for (const [method, { operationId, security }] of Object.entries(methods)) {
      if (method === 'head' || open.has(operationId)) continue
      checked++
      const url = path.replace('{id}', 'nothing')
      t.equal((await asks(method.toUpperCase(), url)).status, 401, `${operationId} with nothing`)
      t.equal(
        (await asks(method.toUpperCase(), url, { key: 'glk_wrong' })).status,
        401,
        `${operationId} with a wrong key`,
      )
      t.ok(security.length > 0, `${operationId} says what it needs`)
    }
  }
  t.ok(checked >= 7)
  t.equal((await asks('GET', '/v1/keys', { token: ann.token })).status, 403)
  const root = await world.signsIn(ADMIN)
  t.equal((await asks('GET', '/v1/keys', { token: root.token })).status, 200)
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
