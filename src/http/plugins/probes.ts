import { setTimeout as pause } from 'node:timers/promises'
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { Config } from '../../config/config.ts'
import type { Database } from '../../database/connect.ts'
import { UnknownOutcome } from '../../database/unavailability.ts'
import { WriteCheck } from '../../database/write-check.ts'
import { Problem } from '../../errors.ts'
import { isLoopback, namesThisMachine } from '../local-request.ts'
import type { App } from '../server.ts'

const READY_TIMEOUT_MS = 2_000

const Status = Type.Object({ status: Type.Literal('ok') })

/**
 * Serves /livez, which checks the process, and /readyz, which also checks that the database acknowledges writes and that no shutdown has
 * begun. A service that listens on loopback answers only for a Host that names this machine.
 */
export function registerProbes(app: App, { db }: Database, { host }: Pick<Config, 'host'>): void {
  const writes = new WriteCheck(db)
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
      await within(READY_TIMEOUT_MS, Promise.all([db.command({ ping: 1 }), writes.check()]))
    } catch (cause) {
      throw new Problem('unavailable', {
        detail: 'the database does not acknowledge writes',
        headers: { 'retry-after': '2' },
        cause,
      })
    }
    return { status: 'ok' as const }
  })
}

/** Waits for work at most `time` ms, whatever the work waits for. @throws UnknownOutcome when it takes longer */
async function within(time: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController()
  const late = pause(time, undefined, { signal: done.signal }).then(() => {
    throw new UnknownOutcome(`no answer within ${time} ms`)
  })
  await Promise.race([work, late]).finally(() => done.abort())
}
