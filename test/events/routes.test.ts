import t from 'tap'
import { uuidv7 } from 'uuidv7'
import { eventId } from '../../src/events/event-id.ts'
import { loggedEvents } from '../helpers/log.ts'
import { noise } from '../helpers/pictures.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { asks, database } = world
const { db } = database
const ann = await world.signsUp('ann')
const bob = await world.signsUp('bob')
const { body: image } = await ann.uploads(await noise(30, 20))
const { body: hidden } = await ann.uploads(await noise(31, 20), { visibility: 'private' })
const stored = (match: object) => loggedEvents(db, match)
const view = { imageId: image.id, type: 'view' }

t.test('an event is stored with its person, type and time', async t => {
  const { status, body } = await ann.reports({ ...view, context: { page: 'home', n: 1 } })
  t.equal(status, 202)
  t.same(body, { accepted: 1, rejectedCount: 0, rejected: [], warnings: [], duplicates: 0 })
  const event = await db.collection('events').findOne({ person: ann.id })
  t.match(event, { imageId: image.id, type: 'view', person: ann.id, context: { page: 'home', n: 1 } })
  t.ok(event?.at instanceof Date)
})

t.test('a single invalid event is answered with 400 and the field', async t => {
  const { status, body } = await ann.reports({ ...view, type: 'stare' })
  t.equal(status, 400)
  t.match(body, { code: 'event_rejected', errors: [{ pointer: '/type', code: 'bad_field' }] })
})

t.test('invalid items of an array are reported, and the rest is stored', async t => {
  const day = 86_400_000
  const iso = (offset: number) => new Date(Date.now() + offset).toISOString()
  const id = uuidv7()
  const cases: [object, string | undefined, string?][] = [
    [{ ...view, type: 'like' }, undefined],
    [{ ...view, type: 'dwell' }, 'bad_field', '/durationMs'],
    [{ ...view, durationMs: 3 }, 'bad_field', '/durationMs'],
    [{ ...view, type: 'rating', value: 6 }, 'bad_field', '/value'],
    [{ ...view, type: 'rating', value: '5' }, 'bad_field', '/value'],
    [{ ...view, imageId: { $gt: '' } }, 'bad_field', '/imageId'],
    [{ ...view, surprise: 1 }, 'bad_field', '/surprise'],
    [{ ...view, context: { deep: { er: 1 } } }, 'bad_field', '/context/deep'],
    [{ ...view, sessionId: 'a\u0000b' }, 'bad_field', '/sessionId'],
    [{ ...view, geography: { country: 'ch' } }, 'bad_field', '/geography/country'],
    [{ ...view, id: 'mine' }, 'at_missing', '/at'],
    [{ ...view, id, at: iso(-5000) }, 'at_mismatch', '/at'],
    [{ ...view, at: iso(-8 * day) }, 'out_of_window', '/at'],
    [{ ...view, at: iso(10 * 60_000) }, 'out_of_window', '/at'],
    [{ ...view, at: '2026-13-45T99:00:00Z' }, 'bad_field', '/at'],
    [{ ...view, at: '2026-02-30T10:00:00Z' }, 'bad_field', '/at'],
    [{ ...view, at: '2026-02-28T24:00:00Z' }, 'bad_field', '/at'],
    [{ ...view, imageId: 'nothing' }, 'unknown_image', '/imageId'],
    [{ ...view, userId: bob.id }, 'actor_not_allowed', '/userId'],
    [null as unknown as object, 'bad_field', ''],
    [{ ...view, id }, undefined],
  ]
  const { status, body } = await ann.reports(cases.map(([event]) => event))
  t.equal(status, 202)
  t.equal(body.accepted, 2)
  for (const [index, [event, code, pointer]] of cases.entries()) {
    const found = body.rejected.find((item: { index: number }) => item.index === index)
    t.equal(found?.code, code, JSON.stringify(event))
    if (code) t.equal(found?.pointer, pointer, JSON.stringify(event))
  }
  t.equal((await ann.reports(Array(1001).fill(view))).status, 413)
  t.equal(
    (await bob.reports({ ...view, imageId: hidden.id })).status,
    400,
    'an image that the caller may not see is unknown',
  )
})

t.test('too many fields are reported as one fault', async t => {
  const crowd = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, 0]))
  const context = await ann.reports({ ...view, context: crowd })
  t.match(context.body.errors, [{ pointer: '/context', detail: 'has more than 10 fields' }])
  t.match((await ann.reports({ ...view, ...crowd })).body.errors, [{ detail: 'has more fields than an event' }])
})

t.test('keys may name the people that their scope allows', async t => {
  const server = await world.hasKey({ app: 'shop', scopes: ['events:write'] })
  const post = (key: string, json: object, headers = {}) => asks('POST', '/v1/events', { key, json, headers })
  for (const [who, person] of [
    [{ visitorId: 'v1' }, 'v:shop:v1'],
    [{ appUserId: 'u1' }, 'a:shop:u1'],
    [{ userId: bob.id }, bob.id],
  ] as const) {
    t.equal((await post(server.key, { ...view, ...who })).status, 202)
    t.equal(await stored({ person }), 1)
  }
  const code = async (json: object) => (await post(server.key, json)).body.errors[0].code
  t.equal(await code(view), 'actor_missing')
  t.equal(await code({ ...view, visitorId: 'a', appUserId: 'b' }), 'actor_not_allowed')
  t.equal(await code({ ...view, userId: 'nobody' }), 'unknown_user')
  t.equal((await post(server.key, { ...view, imageId: hidden.id, visitorId: 'v1' })).status, 202)

  const origin = 'https://shop.example'
  const page = await world.hasKey({ app: 'page', scopes: ['events:collect'], origins: [origin] })
  const collect = (json: object, from?: string) =>
    asks('POST', `/v1/events?key=${page.key}`, { json, headers: from ? { origin: from } : {} })
  t.equal((await collect({ ...view, visitorId: 'v1' }, origin)).status, 202)
  t.equal((await collect({ ...view, visitorId: 'v1' }, 'https://evil.example')).status, 403)
  t.equal((await collect({ ...view, visitorId: 'v1' })).status, 403)
  t.equal((await collect({ ...view, type: 'like', visitorId: 'v1' }, origin)).body.errors[0].code, 'type_not_allowed')
  t.equal((await collect({ ...view, appUserId: 'u1' }, origin)).body.errors[0].code, 'actor_not_allowed')
  t.equal((await collect({ ...view, imageId: hidden.id, visitorId: 'v' }, origin)).body.errors[0].code, 'unknown_image')
})

t.test('an event is stored once, also when fifty connections send it at once', async t => {
  const id = uuidv7()
  const answers = await Promise.all(Array.from({ length: 50 }, () => bob.reports([{ ...view, id, listId: 'dup' }])))
  t.ok(answers.every(({ status, body }) => status === 202 && body.accepted === 1))
  t.equal(await stored({ listId: 'dup' }), 1)
  await ann.reports({ ...view, id, listId: 'dup' })
  t.equal(await stored({ listId: 'dup' }), 2, 'ids are scoped to the caller')
})

t.test('event ids sort by time and are unambiguous', async t => {
  const early = eventId(new Date(1000), 'a', 'b', 'c')
  t.equal(early.length, 32)
  t.ok(early < eventId(new Date(1001), 'a', 'b', 'c'))
  t.not(eventId(new Date(0), 'a', 'bc', 'd'), eventId(new Date(0), 'ab', 'c', 'd'))
})

/** Posts newline-delimited JSON in chunks, over a connection of its own. */
function streams(
  chunks: AsyncIterable<Buffer | string> | Iterable<Buffer | string>,
  ask: { token?: string; key?: string },
) {
  const body = ReadableStream.from(chunks) as never
  return asks('POST', '/v1/events', { ...ask, headers: { 'content-type': 'application/x-ndjson' }, body })
}

t.test('the lines of a stream are validated one by one, whatever its chunks', async t => {
  const listId = 'stream'
  const good = JSON.stringify({ ...view, listId, context: { page: 'käse' } })
  const text = [good, '', 'not json', good, JSON.stringify({ ...view, type: 'stare' }), '  ', good].join('\r\n')
  const bytes = [...Buffer.from(text)].map(byte => Buffer.from([byte]))
  const { status, body } = await streams(bytes, { token: ann.token })
  t.equal(status, 202)
  t.match(body, {
    accepted: 3,
    rejectedCount: 2,
    rejected: [
      { index: 2, code: 'bad_json' },
      { index: 4, code: 'bad_field' },
    ],
  })
  t.equal(await stored({ listId, 'context.page': 'käse' }), 3)
})

t.test('a line that is too long or not UTF-8 is rejected, and the rest is stored', async t => {
  const line = JSON.stringify({ ...view, listId: 'lines' })
  const chunks = [
    '{"imageId":"',
    Buffer.alloc(200_000, 'x'),
    `"}\n${line}\n`,
    Buffer.from([0x22, 0xff, 0x22]),
    `\n${line}`,
  ]
  const { body } = await streams(chunks, { token: ann.token })
  t.match(body, {
    accepted: 2,
    rejected: [
      { index: 0, code: 'bad_json' },
      { index: 2, code: 'bad_json' },
    ],
  })
  t.equal(await stored({ listId: 'lines' }), 2)
})

t.test('a long stream is stored, and its first 1,000 rejections are reported', async t => {
  async function* lines() {
    for (let i = 0; i < 12_000; i++)
      yield `${JSON.stringify({ ...view, type: i % 4 ? 'view' : 'stare', listId: 'many' })}\n`
  }
  const { body } = await streams(lines(), { token: ann.token })
  t.equal(body.accepted, 9_000)
  t.equal(body.rejectedCount, 3_000)
  t.equal(body.rejected.length, 1_000)
  t.equal(body.rejected[999].index, 3996)
  t.equal(await stored({ listId: 'many' }), 9_000)
})

t.test('the body of navigator.sendBeacon is accepted', async t => {
  const origin = 'https://beacon.example'
  const { key } = await world.hasKey({ app: 'beacon', scopes: ['events:collect'], origins: [origin] })
  const body = JSON.stringify([{ ...view, visitorId: 'v', listId: 'beacon' }])
  const headers = { 'content-type': 'text/plain;charset=UTF-8', origin }
  t.equal((await asks('POST', `/v1/events?key=${key}`, { body, headers })).status, 202)
  t.equal(await stored({ listId: 'beacon' }), 1)
  t.match(await asks('POST', `/v1/events?key=${key}`, { body: '{', headers }), {
    status: 400,
    body: { code: 'malformed_json' },
  })
})

t.test('rejected events are stored with the reason, at most 100 of a request', async t => {
  const { key } = await world.hasKey({ app: 'careless', scopes: ['events:write'] })
  const bad = Array.from({ length: 150 }, (_, i) => ({
    ...view,
    visitorId: `v${i}`,
    durationMs: 1,
    listId: 'x'.repeat(128),
  }))
  await asks('POST', '/v1/events', { key, json: bad })
  const kept = await db.collection('rejects').find({ sender: 'app:careless' }).toArray()
  t.equal(kept.length, 100)
  t.match(kept[0], { people: ['v:careless:v0'], code: 'bad_field', pointer: '/durationMs', receivedAt: Date })
  t.same(JSON.parse(kept[0]?.event), bad[0])
  await streams([`${'y'.repeat(9_000)}\n`, JSON.stringify({ ...view, visitorId: 'v' })], { key })
  const long = await db.collection('rejects').findOne({ code: 'bad_json', sender: 'app:careless' })
  t.equal(long?.event.length, 4096)
})

t.test(
  'at most 100 rejected lines of a stream are stored, although its batches are validated concurrently',
  async t => {
    const { key } = await world.hasKey({ app: 'torrent', scopes: ['events:write'] })
    const { body } = await streams(
      Array.from({ length: 4_000 }, (_, i) => `${JSON.stringify({ ...view, visitorId: `v${i}`, durationMs: 1 })}\n`),
      { key },
    )
    t.equal(body.rejectedCount, 4_000)
    t.equal(await db.collection('rejects').countDocuments({ sender: 'app:torrent' }), 100)
  },
)

t.test('the media type of a stream is case-insensitive and may have parameters', async t => {
  const body = `${JSON.stringify(view)}\n${JSON.stringify(view)}`
  const headers = { 'content-type': 'application/X-NDJSON; charset=utf-8' }
  t.match((await asks('POST', '/v1/events', { token: ann.token, headers, body })).body, { accepted: 2 })
})

t.test('the service goes on after a stream that its sender aborts', async t => {
  async function* broken() {
    yield `${JSON.stringify({ ...view, listId: 'abandoned' })}\n`
    throw new Error('the sender is gone')
  }
  await t.rejects(streams(broken(), { token: ann.token }))
  t.equal((await ann.reports([view])).status, 202, 'the next request is answered')
})
