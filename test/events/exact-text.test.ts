import t from 'tap'
import { loggedEvents } from '../helpers/log.ts'
import { noise } from '../helpers/pictures.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { db } = world.database
const ann = await world.signsUp('ann')
const { body: image } = await ann.uploads(await noise(30, 20))
const latin1 = (value: object) => new Uint8Array(Buffer.from(JSON.stringify(value), 'latin1'))
const post = (path: string, mediaType: string, body: Uint8Array, method = 'POST') =>
  world.asks(method, path, { token: ann.token, headers: { 'content-type': mediaType }, body: new Uint8Array(body) })

t.test('a body that is not UTF-8 is refused in every media type, on every route', async t => {
  const event = latin1({ imageId: image.id, type: 'view', listId: 'café' })
  for (const mediaType of ['application/json', 'application/json; charset=latin1', 'text/plain']) {
    const { status, body } = await post('/v1/events', mediaType, event)
    t.match({ status, body }, { status: 400, body: { code: 'malformed_json', detail: /not UTF-8/ } }, mediaType)
  }
  const stream = Buffer.concat([event, Buffer.from(`\n${JSON.stringify({ imageId: image.id, type: 'view' })}\n`)])
  t.match((await post('/v1/events', 'application/x-ndjson', stream)).body, {
    accepted: 1,
    rejected: [{ code: 'bad_json' }],
  })
  t.equal(await loggedEvents(db, { listId: { $exists: true } }), 0)
  t.match(await post(`/v1/images/${image.id}/comments`, 'application/json', latin1({ text: 'é' })), { status: 400 })
  t.match(await post(`/v1/images/${image.id}`, 'application/json', latin1({ title: 'é' }), 'PATCH'), { status: 400 })
  t.match(await post('/v1/events', 'application/json', Buffer.from('{"x":')), {
    status: 400,
    body: { code: 'malformed_json' },
  })
  t.equal((await ann.reports({ imageId: image.id, type: 'view', listId: 'café \uFFFD' })).status, 202)
})

t.test('a number of the context that is not exact is refused', async t => {
  for (const number of ['9007199254740993', '-9007199254740993', '9007199254740992', '18446744073709551615', '1e999']) {
    const json = `{"imageId": "${image.id}", "type": "view", "context": {"n": ${number}}}`
    const { status, body } = await post('/v1/events', 'application/json', Buffer.from(json))
    t.match({ status, body }, { status: 400, body: { errors: [{ pointer: '/context/n', code: 'bad_field' }] } }, number)
  }
  const context = { n: Number.MAX_SAFE_INTEGER, m: -1.5, text: '9007199254740993' }
  t.equal((await ann.reports({ imageId: image.id, type: 'view', context })).status, 202)
})
