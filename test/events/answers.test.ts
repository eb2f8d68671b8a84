import t from 'tap'
import { noise } from '../helpers/pictures.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const ann = await world.signsUp('ann')
const { body: image } = await ann.uploads(await noise(30, 20))
const streams = (body: string) =>
  world.asks('POST', '/v1/events', { token: ann.token, headers: { 'content-type': 'application/x-ndjson' }, body })

t.test('a stream without lines has no events, as an empty array', async t => {
  const nothing = { accepted: 0, rejectedCount: 0, rejected: [], warnings: [], duplicates: 0 }
  t.match(await ann.reports([]), { status: 202, body: nothing })
  for (const text of ['', '\n\n', '  \r\n'])
    t.match(await streams(text), { status: 202, body: nothing }, JSON.stringify(text))
})

t.test('a stream without a line of JSON is refused with the first line and its fault', async t => {
  for (const [text, detail] of [
    ['nothing\nat all', /line 1: .*JSON/],
    ['\n\n{"imageId"', /line 3: .*JSON/],
    ['x'.repeat(70_000), /line 1: is longer than 65536 bytes/],
  ] as const) {
    t.match(await streams(text), { status: 400, body: { code: 'malformed_json', detail } })
  }
})

t.test('a wrong country is answered in a few words', async t => {
  const { body } = await ann.reports({ imageId: image.id, type: 'view', geography: { country: 'Switzerland' } })
  t.match(body.errors, [{ pointer: '/geography/country', detail: /^must be two capital letters/ }])
  const top = await ann.gets('/v1/stats/top?metric=view&country=ch')
  t.match(top.body.errors, [{ pointer: '/querystring/country', detail: /^must be a country code/ }])
})

t.test('a country that does not exist is left out of the event, which is stored; the answer says so', async t => {
  const view = (country: string, listId: string) => ({
    imageId: image.id,
    type: 'view',
    listId,
    geography: { country, city: 'X' },
  })
  const { status, body } = await ann.reports([
    view('CH', 'a'),
    view('XX', 'b'),
    view('XK', 'c'),
    view('T1', 'd'),
    view('UK', 'e'),
  ])
  t.equal(status, 202)
  t.match(body, { accepted: 5, rejectedCount: 0 })
  t.match(body.warnings, [
    { index: 1, code: 'unknown_country', pointer: '/geography' },
    { index: 3, code: 'unknown_country' },
    { index: 4, code: 'unknown_country' },
  ])
  const stored = await world.database.db
    .collection('eventsOnce')
    .find({ listId: { $exists: true } })
    .sort({ listId: 1 })
    .toArray()
  t.same(
    stored.map(({ geography }) => geography?.country),
    ['CH', undefined, 'XK', undefined, undefined],
  )
  t.match(await ann.reports(view('XX', 'single')), { status: 202, body: { accepted: 1, warnings: [{ index: 0 }] } })
  const lines = [view('ZZ', 'line'), { imageId: 'none', type: 'view', geography: { country: 'ZZ' } }].map(line =>
    JSON.stringify(line),
  )
  const headers = { 'content-type': 'application/x-ndjson' }
  const stream = await world.asks('POST', '/v1/events', { token: ann.token, body: `\n${lines.join('\n')}`, headers })
  t.match(stream.body, { accepted: 1, rejected: [{ index: 2, code: 'unknown_image' }] })
  t.match(stream.body.warnings, [{ index: 1, code: 'unknown_country' }])
  t.equal(stream.body.warnings.length, 1)
})

t.test('ids of apps are printable text of up to 128 bytes', async t => {
  const { key } = await world.hasKey({ app: 'shop', scopes: ['events:write', 'erasures:write'] })
  const sends = (fields: object) =>
    world.asks('POST', '/v1/events', { key, json: { imageId: image.id, type: 'view', ...fields } })
  const good = [
    'auth0|123',
    'a b',
    'ü'.repeat(64),
    'x'.repeat(128),
    '{"$gt":""}',
    "O'Neil <o@x.example>",
    '漢字',
    '🙂',
    '__proto__',
  ]
  const at = new Date().toISOString()
  for (const name of good) {
    t.match(await sends({ appUserId: name, id: name, at }), { status: 202, body: { accepted: 1 } }, name)
    t.match(await sends({ visitorId: name }), { status: 202 }, name)
    const events = world.database.db.collection('eventsOnce')
    t.equal(await events.countDocuments({ person: { $in: [`a:shop:${name}`, `v:shop:${name}`] } }), 2, name)
  }
  const bad = ['', ' a', 'a ', 'a\nb', 'a\u0000', '\u200b', 'ü'.repeat(65), 'x'.repeat(129), '\ud800', 7]
  for (const name of bad)
    for (const field of ['appUserId', 'visitorId', 'id']) {
      const answer = await sends({
        visitorId: 'v',
        at,
        ...(field === 'appUserId' ? { visitorId: undefined } : {}),
        [field]: name,
      })
      t.match(answer, { status: 400, body: { errors: [{ pointer: `/${field}` }] } }, `${field}: ${name}`)
      t.ok(answer.body.detail.length < 200, answer.body.detail)
    }
  const erasure = await world.asks('POST', '/v1/erasures', { key, json: { app: 'shop', appUserId: 'auth0|123' } })
  t.equal(erasure.status, 202)
})
