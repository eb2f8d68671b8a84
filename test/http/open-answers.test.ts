import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import Fastify from 'fastify'
import t from 'tap'
import { registerOpenAnswers } from '../../src/http/answers/open-answers.ts'
import { registerProblems } from '../../src/http/problems/problems.ts'
import type { App } from '../../src/http/server.ts'
import { boundedService, LONG_BYTES, MIB } from '../helpers/http/bounded-service.ts'
import { until } from '../helpers/until.ts'

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
  const service = await boundedService(t, { pieceTimeout: 50 })
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
