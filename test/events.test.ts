import t from 'tap'
import { uuidv7 } from 'uuidv7'
import { eventId } from '../src/events/event-id.ts'
import { openLog } from '../src/events/open-log.ts'
import { noise } from './helpers/pictures.ts'
import { openWorld } from './helpers/world.ts'

const world = await openWorld(t)
const { asks, database } = world
const { db } = database
const ann = await world.signsUp('ann')
const bob = await world.signsUp('bob')
const { body: image } = await ann.uploads(await noise(30, 20))
const { body: hidden } = await ann.uploads(await noise(31, 20), { visibility: 'private' })
const stored = (filter: object) => db.collection('events').countDocuments(filter)
const view = { imageId: image.id, type: 'view' }

t.test('one event is stored with who, what and when', async t => {
  const { status, body } = await ann.reports({ ...view, context: { page: 'home', n: 1 } })
  t.equal(status, 202)
  t.same(body, { accepted: 1, rejectedCount: 0, rejected: [] })
  const event = await db.collection('events').findOne({ person: ann.id })
  t.match(event, { imageId: image.id, type: 'view', person: ann.id, context: { page: 'home', n: 1 } })
  t.ok(event?.at instanceof Date)
})

t.test('a single bad event is a 400 that points at the field', async t => {
  const { status, body } = await ann.reports({ ...view, type: 'stare' })
  t.equal(status, 400)
  t.match(body, { code: 'event_rejected', errors: [{ pointer: '/type', code: 'bad_field' }] })
})

t.test('bad items of an array are named and the rest goes in', async t => {
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
    [{ ...view, geography: { country: 'XX' } }, 'bad_field', '/geography/country'],
    [{ ...view, id: 'mine' }, 'at_missing', '/at'],
    [{ ...view, id, at: iso(-5000) }, 'at_mismatch', '/at'],
    [{ ...view, at: iso(-8 * day) }, 'out_of_window', '/at'],
    [{ ...view, at: iso(10 * 60_000) }, 'out_of_window', '/at'],
    [{ ...view, at: '2026-13-45T99:00:00Z' }, 'bad_field', '/at'],
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
  t.equal((await bob.reports({ ...view, imageId: hidden.id })).status, 400, 'what one may not see is not there')
})

t.test('keys speak for those they may name', async t => {
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

t.test('the same event is stored once, also when fifty connections bring it at once', async t => {
  const id = uuidv7()
  const answers = await Promise.all(Array.from({ length: 50 }, () => bob.reports([{ ...view, id, listId: 'dup' }])))
  t.ok(answers.every(({ status, body }) => status === 202 && body.accepted === 1))
  t.equal(await stored({ listId: 'dup' }), 1)
  await ann.reports({ ...view, id, listId: 'dup' })
  t.equal(await stored({ listId: 'dup' }), 2, 'another caller has ids of its own')
})

t.test('identity sorts by time and mixes nothing up', async t => {
  const early = eventId(new Date(1000), 'a', 'b', 'c')
  t.equal(early.length, 32)
  t.ok(early < eventId(new Date(1001), 'a', 'b', 'c'))
  t.not(eventId(new Date(0), 'a', 'bc', 'd'), eventId(new Date(0), 'ab', 'c', 'd'))
})

t.test('another layout than the one that stands is refused', async t => {
  const other = (await openLog(database, 'auto', 1, () => undefined)).layout === 'plain' ? 'timeseries' : 'plain'
  await t.rejects(
    openLog(database, other, 90 * 86_400_000, () => undefined),
    /can not be changed in place/,
  )
  const warnings: string[] = []
  await openLog(database, 'auto', 30 * 86_400_000, message => warnings.push(message))
  t.match(warnings, [/collMod/])
})
