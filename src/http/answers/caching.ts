import type { FastifyReply } from 'fastify'
import type { App } from '../server.ts'
import { varyBy } from './vary.ts'

/** Headers that carry credentials. */
const CREDENTIAL_HEADERS = ['Authorization', 'X-API-Key']

/**
 * Keeps answers that depend on credentials out of shared caches. Unless the route sets Cache-Control, nothing stores an answer to a
 * known caller; and caches are told which headers the answer depends on, unless it is public.
 */
export function registerCaching(app: App): void {
  app.addHook('onSend', async (request, reply) => {
    const rule = request.routeOptions.config?.access
    if (!rule || rule.open) return
    const isForCaller = request.identity !== null || !rule.anybody
    if (isForCaller && !reply.hasHeader('cache-control')) reply.header('cache-control', 'private, no-store')
    if (!isPublic(reply)) varyBy(reply, ...CREDENTIAL_HEADERS)
  })
}

function isPublic(reply: FastifyReply): boolean {
  return String(reply.getHeader('cache-control') ?? '').startsWith('public')
}
