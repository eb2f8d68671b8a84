import { Type } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { Config } from '../../config/config.ts'
import type { Database } from '../../database/connect.ts'
import { Problem } from '../../errors.ts'
import { isLoopback, namesThisMachine } from '../local-request.ts'
import type { App } from '../server.ts'

const PING_TIMEOUT_MS = 2_000

const Status = Type.Object({ status: Type.Literal('ok') })

/**
 * Serves /livez, which checks the process, and /readyz, which also checks the database and that no shutdown has begun. A service that
 * listens on loopback answers only for a Host that names this machine.
 */
export function registerProbes(app: App, { db }: Database, { host }: Pick<Config, 'host'>): void {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  const schema = (operationId: string, summary: string) => ({
    operationId,
    summary,
    tags: ['operations'],
    response: { 200: Status },
  })
  const onRequest = async (request: FastifyRequest) => {
    if (isLoopback(host) && !namesThisMachine(request))
      throw new Problem('forbidden', { detail: 'the Host header must name this machine' })
  }
  app.get('/livez', { schema: schema('live', 'Check that the process is alive'), onRequest }, async () => ({
    status: 'ok' as const,
  }))
  app.get('/readyz', { schema: schema('ready', 'Check that the service can take requests'), onRequest }, async () => {
    if (closing) throw new Problem('unavailable', { detail: 'shutting down' })
    try {
      await db.command({ ping: 1 }, { timeoutMS: PING_TIMEOUT_MS })
    } catch (cause) {
      throw new Problem('unavailable', { detail: 'the database does not answer', cause })
    }
    return { status: 'ok' as const }
  })
}
