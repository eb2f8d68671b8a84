import type { App } from '../server.ts'

/** Headers that the scripts of pages may read besides those of every simple answer. */
const READABLE = 'Retry-After'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Pages of any origin may read the answers, also those to requests that are refused. */
    anyOrigin?: true
  }
}

/**
 * Lets pages of any origin read the answers of some routes. This gives nothing away: no cookie is a credential there. Register it
 * before whatever may refuse a request.
 */
export function registerAnyOrigin(app: App): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!request.routeOptions.config.anyOrigin) return
    reply.headers({ 'access-control-allow-origin': '*', 'access-control-expose-headers': READABLE })
  })
}
