import t from 'tap'
import { PROBLEMS } from '../../src/problem-catalogue.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { asks } = world
const ann = await world.signsUp('ann')

t.test('the type of a problem is a URL that explains it', async t => {
  const { body: problem } = await asks('GET', '/v1/nowhere')
  t.equal(problem.type, '/docs/problems#not_found')
  const page = await fetch(new URL(problem.type, world.url))
  const text = await page.text()
  t.equal(page.status, 200)
  t.match(page.headers.get('content-type'), /^text\/html/)
  for (const [code, { title }] of Object.entries(PROBLEMS)) {
    t.ok(text.includes(`id="${code}"`), code)
    t.ok(text.includes(title), title)
  }
  t.notMatch(text, '`', 'no Markdown is left in it')
})

t.test('403 names the roles and scopes that are required', async t => {
  t.match((await ann.gets('/v1/users')).body.detail, /requires the role admin/)
  t.match(
    (await ann.gets('/v1/stats/overview')).body.detail,
    /role analyst or admin, or an API key with the scope stats:read/,
  )
})

t.test('404 names the kind of resource', async t => {
  t.equal((await ann.gets('/v1/images/nothing')).body.detail, 'image not found')
  t.equal((await ann.deletes('/v1/comments/nothing')).body.detail, 'comment not found')
  t.equal((await ann.deletes('/v1/sessions/nothing')).body.detail, 'session not found')
  t.equal((await asks('GET', '/v1/erasures/nothing')).body.detail, 'receipt not found')
})

t.test('415 names the accepted content types', async t => {
  const headers = { 'content-type': 'application/xml' }
  const { token } = ann
  const sent = (path: string) => asks('POST', path, { token, headers, body: '<a/>' })
  t.match(await sent('/v1/users'), { status: 415, body: { detail: 'the body must be application/json' } })
  t.match((await sent('/v1/images')).body.detail, 'multipart/form-data')
  t.match((await sent('/v1/events')).body.detail, 'application/json or text/plain or application/x-ndjson')
})

t.test('a value outside an enumeration is answered with the allowed values', async t => {
  const { body } = await ann.gets('/v1/stats/top?metric=fame')
  t.match(body.errors, [{ pointer: '/querystring/metric', detail: /allowed values: impression, view, click/ }])
})
