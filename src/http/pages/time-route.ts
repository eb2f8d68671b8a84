import { Type } from '@fastify/type-provider-typebox'
import { Time } from '../schemas.ts'
import type { App } from '../server.ts'

const schema = {
  operationId: 'getTime',
  summary: 'Get the time of the service',
  description: 'For pages on devices whose clocks are wrong. The middle of the round trip is when the time was read.',
  tags: ['events'],
  response: { 200: Type.Object({ now: Time }) },
}

/** Registers `GET /v1/time`. */
export async function timeRoute(app: App): Promise<void> {
  app.get('/v1/time', { schema, config: { anyOrigin: true, limitedAsFile: true } }, async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    return { now: new Date().toISOString() }
  })
}
