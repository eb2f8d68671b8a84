import { once } from 'node:events'
import { connect as dial, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { registerOpenAnswers } from '../../src/http/plugins/open-answers.ts'
import { registerProblems } from '../../src/http/problems/problems.ts'
import type { App } from '../../src/http/server.ts'
import { until } from '../helpers/until.ts'

const MIB = 1_048_576
/** More than the buffers of a connection on loopback take. */
const LONG_BYTES = 64 * MIB

/** A bare service whose clients may have two streams open, each caller one and a half. */
async function boundedService(t: Test, pieceTimeout?: number) {
  const app = Fastify({ trustProxy: true }).decorateRequest('identity', null)
  registerProblems(app as unknown as App)
  const bounds = { total: 2 * MIB, perCaller: 1.5 * MIB, ...(pieceTimeout === undefined ? {} : { pieceTimeout }) }
  registerOpenAnswers(app as unknown as App, bounds)
  let made = 0
  let closed = 0
  async function* chunks() {
    try {
      for (; made < LONG_BYTES; made += MIB) yield Buffer.alloc(MIB)
    } finally {
      closed++
    }
  }
  app.get('/stream', (_request, reply) => reply.send(Readable.from(chunks(), { objectMode: false, highWaterMark: 0 })))
  app.get('/text', async () => 'ü'.repeat(MIB / 2))
  app.get('/short', async () => 'short')
  const url = await app.listen({ port: 0 })
  t.teardown(() => app.close())
  return {
    url,
    made: () => made,
    closed: () => closed,
    asks: (path: string, address = '192.0.2.1') => fetch(url + path, { headers: { 'x-forwarded-for': address } }),
    /** Asks for the stream and reads nothing but its first bytes. */
    async leavesUnread(address = '192.0.2.1'): Promise<Socket> {
      const socket = dial(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined)
      t.teardown(() => socket.destroy())
      socket.write(`GET /stream HTTP/1.1\r\nhost: x\r\nx-forwarded-for: ${address}\r\n\r\n`)
      await once(socket, 'data')
      return socket.pause()
    },
  }
}

t.test('a stream that nobody reads is not read ahead', async t => {
  const service = await boundedService(t)
  await service.leavesUnread()
  // The buffers of the connection are full when the source stands still.
  let before = -1
  await until('the source stands still', async () => {
    const stands = service.made() === before
    before = service.made()
    return stands
  })
  t.ok(service.made() < LONG_BYTES / 2, `${service.made() / MIB} MiB were read`)
})

t.test('long answers are bounded by caller and in all, until they are taken or their connections close', async t => {
  const service = await boundedService(t)
  const first = await service.leavesUnread('192.0.2.1')
  const refused = await service.asks('/stream', '192.0.2.1')
  t.equal(refused.status, 503)
  t.equal(refused.headers.get('content-type'), 'application/problem+json')
  t.equal(refused.headers.get('retry-after'), '5')
  t.match(await refused.json(), { code: 'unavailable' })
  t.equal((await service.asks('/text', '192.0.2.1')).status, 503, 'one that is not streamed counts too')
  t.equal((await service.asks('/short', '192.0.2.1')).status, 200)
  await service.leavesUnread('192.0.2.2')
  t.equal((await service.asks('/stream', '192.0.2.3')).status, 503, 'others have filled the service')
  first.destroy()
  const answer = await until('there is room again', async () => {
    const { status, headers, body } = await service.asks('/text', '192.0.2.3')
    return status === 200 && { headers, body }
  })
  t.equal(answer.headers.get('content-length'), String(MIB))
  t.equal((await text(answer.body as never)).length, MIB / 2)
  t.equal((await service.asks('/text', '192.0.2.1')).status, 200, 'what was taken does not count')
})

t.test('a connection whose client takes nothing for a time is closed, whatever it sends', async t => {
  const service = await boundedService(t, 50)
  const socket = await service.leavesUnread()
  const sending = setInterval(() => socket.writable && socket.write('G'), 10)
  t.teardown(() => clearInterval(sending))
  await until('the stream is given up', async () => service.closed() === 1)
  t.equal((await service.asks('/text')).status, 200)
})

t.test('a stream that fails before its first byte is answered with a problem', async t => {
  const app = Fastify().decorateRequest('identity', null)
  registerProblems(app as unknown as App)
  registerOpenAnswers(app as unknown as App)
  app.get('/', (_request, reply) =>
    reply.send(
      new Readable({
        read() {
          this.destroy(new Error('lost'))
        },
      }),
    ),
  )
  t.teardown(() => app.close())
  t.equal((await app.inject('/')).statusCode, 500)
})
