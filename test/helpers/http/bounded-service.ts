import { once } from 'node:events'
import { connect as dial, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { registerCompression } from '../../../src/http/answers/compression.ts'
import { registerOpenAnswers } from '../../../src/http/answers/open-answers.ts'
import { registerProblems } from '../../../src/http/problems/problems.ts'
import type { App } from '../../../src/http/server.ts'

export const MIB = 1_048_576
/** More than the buffers of a connection on loopback take. */
export const LONG_BYTES = 64 * MIB

/** What a client may have open, in streams that are not compressed: two, and each caller one and a half. */
const BOUNDS = { total: 2 * MIB, perCaller: 1.5 * MIB }

/**
 * A bare service of long answers.
 * @param chunk what its stream repeats
 * @param addRoutes adds others
 */
export async function boundedService(
  t: Test,
  bounds: Parameters<typeof registerOpenAnswers>[1] = {},
  chunk: Buffer = Buffer.alloc(MIB),
  addRoutes: (app: FastifyInstance) => void = () => undefined,
) {
  const app = Fastify({ trustProxy: true }).decorateRequest('identity', null)
  registerProblems(app as unknown as App)
  registerCompression(app as unknown as App)
  registerOpenAnswers(app as unknown as App, { ...BOUNDS, ...bounds })
  let made = 0
  let closed = 0
  async function* chunks() {
    try {
      for (; made < LONG_BYTES; made += chunk.length) yield chunk
    } finally {
      closed++
    }
  }
  app.get('/stream', (_request, reply) =>
    reply.type('text/plain').send(Readable.from(chunks(), { objectMode: false, highWaterMark: 0 })),
  )
  app.get('/text', async () => 'ü'.repeat(MIB / 2))
  app.get('/short', async () => 'short')
  addRoutes(app as unknown as FastifyInstance)
  const url = await app.listen({ port: 0 })
  t.teardown(() => app.close())
  return {
    url,
    made: () => made,
    closed: () => closed,
    asks: (path: string, address = '192.0.2.1', coding = 'identity') =>
      fetch(url + path, { headers: { 'x-forwarded-for': address, 'accept-encoding': coding } }),
    /** Asks for the stream and reads nothing but its first bytes. */
    async leavesUnread(address = '192.0.2.1', coding = 'identity'): Promise<Socket> {
      const socket = dial(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined)
      t.teardown(() => socket.destroy())
      const lines = ['GET /stream HTTP/1.1', 'host: x', `x-forwarded-for: ${address}`, `accept-encoding: ${coding}`]
      socket.write(`${lines.join('\r\n')}\r\n\r\n`)
      await once(socket, 'data')
      return socket.pause()
    },
  }
}
