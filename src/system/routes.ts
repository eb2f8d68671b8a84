import { LRUCache } from 'lru-cache'
import type { App } from '../http/server.ts'
import { readSystem, type SystemParts } from './read-system.ts'
import { System } from './schemas.ts'

const TTL_MS = 5_000

const systemSchema = {
  operationId: 'getSystem',
  summary: 'Get the state of the service',
  description:
    'For operators: of the process that answers, and of its database. Parts that can not be read are null. Answers are cached for ' +
    'five seconds.',
  tags: ['operations'],
  response: { 200: System },
}

/** Registers the route of the state of the service. */
export async function systemRoutes(app: App, parts: SystemParts): Promise<void> {
  const answers = new LRUCache<'now', Promise<System>>({ max: 1, ttl: TTL_MS })

  app.get('/v1/system', { schema: systemSchema }, async (_request, reply) => {
    const answer = answers.get('now') ?? readSystem(parts)
    if (!answers.has('now')) answers.set('now', answer)
    reply.header('cache-control', 'private, no-store')
    return answer
  })
}
