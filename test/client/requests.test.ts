import t from 'tap'
import { createClient } from '../../src/client/index.ts'
import { aLine, busy, cutOff, lost } from '../helpers/client/line.ts'
import { noise } from '../helpers/pictures.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { url } = world
const owner = await world.signsUp('owner')

async function aClient() {
  const line = aLine()
  const client = createClient({ url: `${url}/`, fetch: line.fetch })
  await client.session.signIn({ email: 'owner@example.com', password: "owner's own password" })
  line.sent.length = 0
  return { client, line }
}

t.test('a problem has what the service says about it', async t => {
  const { client } = await aClient()
  const body = { displayName: '' }
  await t.rejects(client.patch('/v1/users/me', { body }), {
    name: 'Problem',
    status: 400,
    code: 'invalid_request',
    message: /displayName/,
    errors: [{ pointer: '/displayName', detail: /./ }],
    instance: /^urn:uuid:/,
  })
})

t.test('an answer without a body is undefined', async t => {
  const { client } = await aClient()
  const { body } = await owner.uploads(await noise(8, 8))
  t.equal(await client.delete('/v1/images/{id}', { params: { path: { id: body.id } } }), undefined)
})

t.test('an answer that is not JSON is read as it is asked for', async t => {
  const { client } = await aClient()
  t.match(await client.get('/livez', { parseAs: 'text' }), /ok/)
})

t.test('a read is sent again after the time that the service asks for', async t => {
  const { client, line } = await aClient()
  line.next(/me$/, busy(1))
  const start = Date.now()
  t.match(await client.get('/v1/users/me'), { id: owner.id })
  t.ok(Date.now() - start >= 1000)
  t.equal(line.sent.length, 2)
})

t.test('a read is sent again when its answer is lost, or breaks off', async t => {
  const { client, line } = await aClient()
  line.next(/me$/, lost, cutOff)
  t.match(await client.get('/v1/users/me'), { id: owner.id })
  t.same(line.sent, Array(3).fill('GET /v1/users/me'))
})

t.test('a read is given up when the service asks for a long wait, or does not answer', async t => {
  const { client, line } = await aClient()
  line.next(/me$/, busy(3600))
  await t.rejects(client.get('/v1/users/me'), { status: 503, code: 'unavailable', retryAfter: 3_600_000 })
  t.equal(line.sent.length, 1)

  line.next(/me$/, lost, lost, lost, lost, lost)
  await t.rejects(client.get('/v1/users/me'), { status: 0, code: 'no_answer', cause: { message: /lost/ } })
  t.equal(line.sent.length, 6)
})

t.test('what may not be repeated is sent once', async t => {
  const { client, line } = await aClient()
  line.next(/me$/, busy())
  await t.rejects(client.patch('/v1/users/me', { body: { displayName: 'Owner' } }), { code: 'unavailable' })
  t.same(line.sent, ['PATCH /v1/users/me'])
})

t.test('a signal ends a request that waits for its repetition', async t => {
  const { client, line } = await aClient()
  const stop = new AbortController()
  line.next(/me$/, async send => {
    setImmediate(() => stop.abort(new Error('enough')))
    return busy(60)(send)
  })
  await t.rejects(client.get('/v1/users/me', { signal: stop.signal }), { message: 'enough' })
})

t.test('the pages of a list are read as their items are wanted', async t => {
  const { client, line } = await aClient()
  const ids: string[] = []
  for (let size = 10; size < 15; size++) ids.unshift((await owner.uploads(await noise(size, size))).body.id)
  const list = () => client.list('/v1/images', { params: { query: { owner: owner.id, limit: '2' } } })

  const found: string[] = []
  for await (const { id } of list()) found.push(id)
  t.same(found, ids)
  t.equal(line.sent.length, 3)

  line.sent.length = 0
  for await (const _image of list()) break
  t.equal(line.sent.length, 1)
})
