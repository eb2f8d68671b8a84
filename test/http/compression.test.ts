import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { boundedService, LONG_BYTES, MIB } from '../helpers/http/bounded-service.ts'
import { asksFor, CODINGS } from '../helpers/http/coded-answer.ts'
import { until } from '../helpers/until.ts'

/** Rows as an export has them. */
const ROWS = Array.from({ length: 2000 }, (_, row) => `{"row":${row},"type":"view"}\n`).join('')
/** What compresses by a quarter only, so that a client that does not read fills the buffers of its connection. */
const NOISE = Buffer.from(randomBytes(MIB * 0.75).toString('base64'))
const [best = ''] = Object.keys(CODINGS)

function addRoutes(app: FastifyInstance): void {
  const half = ROWS.length / 2
  app.route({
    method: ['GET', 'HEAD', 'POST'],
    url: '/rows',
    handler: async (_request, reply) => reply.type('application/x-ndjson').send(ROWS),
  })
  app.get('/streamed', async (_request, reply) =>
    reply.type('text/csv').send(Readable.from([ROWS.slice(0, half), ROWS.slice(half)], { objectMode: false })),
  )
  app.get('/image', async (_request, reply) => reply.type('image/svg+xml').send(ROWS))
  app.get('/parquet', async (_request, reply) => reply.type('application/vnd.apache.parquet').send(ROWS))
  app.get('/tagged', async (_request, reply) => reply.type('application/json').header('etag', '"5"').send(ROWS))
  app.get('/weakly-tagged', async (_request, reply) =>
    reply.type('application/json').header('etag', 'W/"5"').header('vary', 'Origin').send(ROWS),
  )
  app.get('/unchanged', async (_request, reply) => reply.code(304).header('etag', 'W/"5"').send())
  app.get('/range', async (_request, reply) =>
    reply.code(206).type('text/plain').header('content-range', 'bytes 0-9/99999').send(ROWS),
  )
  app.get('/broken', async (_request, reply) =>
    reply.type('text/plain').send(
      new Readable({
        read() {
          this.destroy(new Error('lost'))
        },
      }),
    ),
  )
}

async function aService(t: Test): Promise<string> {
  const { url } = await boundedService(t, { total: 100 * MIB, perCaller: 100 * MIB }, undefined, addRoutes)
  return url
}

t.test('an answer is compressed as the client accepts it', async t => {
  const url = await aService(t)
  for (const coding of Object.keys(CODINGS)) {
    for (const path of ['/rows', '/streamed']) {
      const answer = await asksFor(url + path, { coding })
      t.equal(answer.coding, coding)
      t.equal(answer.text, ROWS, `${path} in ${coding}`)
      t.ok(answer.bytes.length < ROWS.length / 4, `${answer.bytes.length} of ${ROWS.length} bytes`)
      t.equal(answer.headers.vary, 'Accept-Encoding')
    }
    t.equal((await asksFor(`${url}/rows`, { coding, method: 'HEAD' })).coding, coding, 'HEAD has the headers of GET')
  }
})

t.test('what the client prefers goes before what compresses best', async t => {
  const url = await aService(t)
  const codingFor = async (coding: string) => (await asksFor(`${url}/rows`, { coding })).coding
  t.equal(await codingFor('gzip, deflate, br, zstd'), best)
  t.equal(await codingFor('GZIP;q=1.0, br;q=0.5, zstd;q=0.1'), 'gzip')
  t.equal(await codingFor('*'), best)
  t.equal(await codingFor('br;q=0'), undefined)
  t.equal(await codingFor('identity, br;q=0.5'), undefined)
  t.equal(await codingFor('deflate, compress'), undefined)
})

t.test('without Accept-Encoding an answer is sent as it is, and caches know that it depends on it', async t => {
  const url = await aService(t)
  const answer = await asksFor(`${url}/rows`)
  t.match(answer, { coding: undefined, text: ROWS })
  t.equal(answer.headers.vary, 'Accept-Encoding')
  t.equal(answer.headers['content-length'], String(ROWS.length))
})

t.test('short, compressed and partial answers are sent as they are', async t => {
  const url = await aService(t)
  for (const path of ['/short', '/image', '/parquet', '/range'])
    t.equal((await asksFor(url + path, { coding: best })).coding, undefined, path)
})

t.test('an answer that may hold a new secret is not compressed', async t => {
  const url = await aService(t)
  t.match(await asksFor(`${url}/rows`, { coding: best, method: 'POST' }), { coding: undefined, text: ROWS })
})

t.test('a strong ETag names the bytes that are sent, and a weak one what they mean', async t => {
  const url = await aService(t)
  const strong = await asksFor(`${url}/tagged`, { coding: best })
  t.match(strong, { coding: undefined, headers: { etag: '"5"', vary: undefined } })
  const weak = await asksFor(`${url}/weakly-tagged`, { coding: best })
  t.match(weak, { coding: best, headers: { etag: 'W/"5"', vary: 'Origin, Accept-Encoding' } })
  const unchanged = await asksFor(`${url}/unchanged`, { coding: best })
  t.match(unchanged, { status: 304, coding: undefined, headers: { vary: 'Accept-Encoding' } })
})

t.test('a stream that fails before its first byte is answered with a problem', async t => {
  const answer = await asksFor(`${await aService(t)}/broken`, { coding: best })
  t.match(answer, { status: 500, coding: undefined, headers: { 'content-type': 'application/problem+json' } })
})

t.test('a compressed stream that nobody reads is not read ahead, and its end leaves nothing behind', async t => {
  const service = await boundedService(t, { total: 4 * MIB, perCaller: 4 * MIB }, NOISE)
  const unread = await service.leavesUnread('192.0.2.1', best)
  let before = -1
  await until('the source stands still', async () => {
    const stands = service.made() === before
    before = service.made()
    return stands
  })
  t.ok(service.made() < LONG_BYTES / 2, `${service.made() / MIB} MiB were read`)
  t.equal((await service.asks('/stream', '192.0.2.2', best)).status, 503, 'its compressor counts, too')
  unread.destroy()
  await until('the stream is closed', async () => service.closed() === 1)
  t.equal((await service.asks('/text', '192.0.2.2', best)).status, 200)
})

t.test('a connection whose client takes nothing of a compressed stream is closed', async t => {
  const service = await boundedService(t, { total: 4 * MIB, perCaller: 4 * MIB, pieceTimeout: 50 }, NOISE)
  await service.leavesUnread('192.0.2.1', best)
  await until('the stream is given up', async () => service.closed() === 1)
})
