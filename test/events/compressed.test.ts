import { once } from 'node:events'
import { connect as dial } from 'node:net'
import { brotliCompressSync, createGzip, gzipSync } from 'node:zlib'
import t from 'tap'
import { uuidv7 } from 'uuidv7'
import { loggedEvents } from '../helpers/log.ts'
import { noise } from '../helpers/pictures.ts'
import { until } from '../helpers/until.ts'
import { openWorld } from '../helpers/world.ts'

const MIB = 1_048_576
const world = await openWorld(t)
const { db } = world.database
const ann = await world.signsUp('ann')
const { body: image } = await ann.uploads(await noise(30, 20))
const shop = await world.hasKey({ app: 'shop', scopes: ['events:write'] })

/** Distinct events, none stored before. */
const views = (count: number, listId: string) =>
  Array.from({ length: count }, () => ({ id: uuidv7(), imageId: image.id, type: 'view', visitorId: 'v', listId }))
const lines = (events: object[]) => events.map(event => `${JSON.stringify(event)}\n`).join('')

/** Sends a body with the key of a server. */
function sends(body: Uint8Array, coding: string, type = 'application/json') {
  const headers = { 'content-type': type, 'content-encoding': coding }
  return world.asks('POST', '/v1/events', { key: shop.key, body, headers })
}

const CODINGS: [string, (text: string) => Uint8Array][] = [
  ['gzip', text => gzipSync(text)],
  ['X-GZIP', text => gzipSync(text)],
  ['br', text => brotliCompressSync(text)],
  ['identity', text => Buffer.from(text)],
]

for (const [coding, compress] of CODINGS) {
  t.test(`events compressed by ${coding} are stored`, async t => {
    const batch = await sends(compress(JSON.stringify(views(1_000, `${coding} batch`))), coding)
    t.match(batch, { status: 202, body: { accepted: 1_000 } })
    const beacon = await sends(compress(JSON.stringify(views(2, `${coding} beacon`))), coding, 'text/plain')
    t.match(beacon, { status: 202, body: { accepted: 2 } })
    const stream = await sends(compress(lines(views(3_000, `${coding} stream`))), coding, 'application/x-ndjson')
    t.match(stream, { status: 202, body: { accepted: 3_000 } })
    t.equal(await loggedEvents(db, { listId: `${coding} stream` }), 3_000)
  })
}

t.test('a compressed stream is read as it arrives', async t => {
  const gzip = createGzip()
  const headers = { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' }
  const answered = world.asks('POST', '/v1/events', { key: shop.key, body: gzip, headers })
  gzip.write(lines(views(1_000, 'first half')))
  gzip.flush()
  await until('the first half is stored', async () => (await loggedEvents(db, { listId: 'first half' })) === 1_000)
  gzip.end(lines(views(500, 'second half')))
  t.match(await answered, { status: 202, body: { accepted: 1_500 } })
})

t.test('a batch that decompresses to more than a body may have is refused', async t => {
  const bomb = gzipSync(`[${' '.repeat(64 * MIB)}]`)
  t.match(await sends(bomb, 'gzip'), { status: 413, body: { code: 'payload_too_large' } })
  t.match(await sends(brotliCompressSync(Buffer.alloc(5 * MIB, ' ')), 'br'), { status: 413 })
})

t.test('a stream that decompresses to more than a hundred times its size is refused', async t => {
  const begun = gzipSync(lines(views(2_000, 'before the bomb')))
  const bomb = gzipSync(' '.repeat(64 * MIB))
  const { status, body } = await sends(Buffer.concat([begun, bomb]), 'gzip', 'application/x-ndjson')
  t.equal(status, 413)
  t.match(body, { code: 'payload_too_large', accepted: 2_000 })
})

t.test('a body that is not what Content-Encoding says is refused', async t => {
  const text = JSON.stringify(views(100, 'damaged'))
  const cases: [Uint8Array, string][] = [
    [Buffer.from(text), 'gzip'],
    [Buffer.from(text), 'br'],
    [gzipSync(text).subarray(0, -4), 'gzip'],
    [brotliCompressSync(text).subarray(0, -4), 'br'],
    [Buffer.concat([gzipSync(text), Buffer.from('more')]), 'gzip'],
    [new Uint8Array(), 'gzip'],
  ]
  for (const [body, coding] of cases) {
    const answer = await sends(body, coding)
    t.match(
      answer,
      { status: 400, body: { code: 'invalid_request', detail: /decompressed/ } },
      `${coding} ${body.length}`,
    )
  }
  t.equal(await loggedEvents(db, { listId: 'damaged' }), 0)
})

t.test('a damaged stream reports how many events are stored', async t => {
  const { status, body } = await sends(
    gzipSync(lines(views(20_000, 'cut'))).subarray(0, -100_000),
    'gzip',
    'application/x-ndjson',
  )
  t.equal(status, 400)
  t.match(body, { code: 'invalid_request', detail: /unexpected end/ })
  t.ok(body.accepted >= 1_000 && body.accepted < 20_000)
  t.equal(await loggedEvents(db, { listId: 'cut' }), body.accepted)
})

t.test('other codings, and several at once, are refused with those that are accepted', async t => {
  for (const coding of ['zstd', 'deflate', 'gzip, gzip', 'bogus']) {
    const { status, body, headers } = await sends(gzipSync('{}'), coding)
    t.match({ status, body }, { status: 415, body: { code: 'unsupported_media_type' } })
    t.equal(headers.get('accept-encoding'), 'gzip, br')
  }
})

t.test('bodies of other routes must not be compressed', async t => {
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
  const answer = await world.asks('POST', '/v1/sessions', { body: gzipSync('{}'), headers })
  t.match(answer, { status: 415, body: { code: 'unsupported_media_type' } })
  t.equal(answer.headers.get('accept-encoding'), 'identity')
})

t.test('a sender that leaves within a compressed body ends nothing but its request', async t => {
  const socket = dial(Number(new URL(world.url).port), '127.0.0.1')
  const head = ['POST /v1/events HTTP/1.1', 'host: x', `x-api-key: ${shop.key}`, 'content-encoding: gzip']
  const type = ['content-type: application/json', 'content-length: 1000', '', '']
  socket.write([...head, ...type].join('\r\n'))
  socket.end(gzipSync('[').subarray(0, 12))
  socket.resume()
  await once(socket, 'close')
  t.match(await sends(gzipSync(JSON.stringify(views(1, 'later'))), 'gzip'), { status: 202 })
})

t.test('ndjson has three names', async t => {
  for (const type of [
    'application/x-ndjson',
    'application/ndjson',
    'application/jsonl',
    'Application/NDJSON; charset=utf-8',
  ]) {
    const headers = { 'content-type': type }
    const answer = await world.asks('POST', '/v1/events', { key: shop.key, body: lines(views(3, type)), headers })
    t.match(answer, { status: 202, body: { accepted: 3 } }, type)
    const empty = await world.asks('POST', '/v1/events', { key: shop.key, body: '', headers })
    t.match(empty, { status: 202, body: { accepted: 0 } }, `${type}, empty`)
  }
})
