import t from 'tap'
import { noise } from '../helpers/pictures.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const ann = await world.signsUp('ann')
const { body: image } = await ann.uploads(await noise(30, 20))
const streams = (body: string) =>
  world.asks('POST', '/v1/events', { token: ann.token, headers: { 'content-type': 'application/x-ndjson' }, body })

t.test('a stream without lines has no events, as an empty array', async t => {
  const nothing = { accepted: 0, rejectedCount: 0, rejected: [], duplicates: 0 }
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
  t.match(body.errors, [{ pointer: '/geography/country', detail: /^must be a country code .*such as CH$/ }])
  const top = await ann.gets('/v1/stats/top?metric=view&country=ch')
  t.match(top.body.errors, [{ pointer: '/querystring/country', detail: /^must be a country code/ }])
})
