import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import type { Config } from '../../config/config.ts'
import { Problem } from '../../errors.ts'
import type { App } from '../server.ts'
import { registerBodyTimeout } from './body-timeout.ts'
import { METHODS } from './method-not-allowed.ts'

/** What scripts of other origins may read beside what every browser lets them. */
const READ_BY_SCRIPTS = [
  'ETag',
  'Location',
  'Allow',
  'Accept-Ranges',
  'Content-Range',
  'Content-Disposition',
  'Retry-After',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'X-Request-Id',
]

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What apps' servers send here is held up by the queue, not by the count of their requests. */
    limitedByQueue?: true
  }
}

/** What every request is held to: security headers, origins, its share of requests, the time its body may take. */
export async function registerLimits(app: App, config: Config): Promise<void> {
  await app.register(helmet, {
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
  })
  if (config.corsOrigins.length > 0) await registerOrigins(app, config.corsOrigins)
  if (config.rateLimit > 0) await registerRateLimit(app, config.rateLimit)
  registerBodyTimeout(app)
}

/** Lets pages of these origins call; an OPTIONS that asks for no such leave is a method like another. */
async function registerOrigins(app: App, origins: string[]): Promise<void> {
  const options = { origin: origins, methods: [...METHODS], exposedHeaders: READ_BY_SCRIPTS }
  await app.register(cors, {
    delegator: ({ headers }, done) => {
      const asks = headers.origin !== undefined && headers['access-control-request-method'] !== undefined
      done(null, { ...options, preflight: asks })
    },
  })
}

async function registerRateLimit(app: App, max: number): Promise<void> {
  await app.register(rateLimit, {
    max,
    timeWindow: 60_000,
    cache: 20_000,
    keyGenerator: callerKey,
    allowList: isLimitedByQueue,
    errorResponseBuilder: (_request, { ttl }) =>
      new Problem('rate_limited', { headers: { 'retry-after': String(Math.max(1, Math.ceil(ttl / 1000))) } }),
  })
}

/** A key that sits in a web page is shared by all its visitors, so those count by address. */
function callerKey({ identity, ip }: FastifyRequest): string {
  if (identity === null) return `ip:${ip}`
  if (identity.kind === 'key' && identity.scopes.includes('events:collect')) return `ip:${ip}`
  return `${identity.kind}:${identity.id}`
}

function isLimitedByQueue({ identity, routeOptions }: FastifyRequest): boolean {
  return (
    routeOptions.config.limitedByQueue === true && identity?.kind === 'key' && identity.scopes.includes('events:write')
  )
}
