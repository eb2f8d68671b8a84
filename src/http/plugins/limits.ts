import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import type { Config } from '../../config/config.ts'
import { Problem } from '../../errors.ts'
import type { App } from '../server.ts'
import { registerBodyTimeout } from './body-timeout.ts'
import { METHODS } from './method-not-allowed.ts'

/** Answer headers that scripts of other origins may read (Access-Control-Expose-Headers). */
const EXPOSED_HEADERS = [
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
    /** Requests of keys with events:write are limited by the queue, not by the rate limit. */
    limitedByQueue?: true
  }
}

/** Registers security headers, CORS, the rate limit and the body timeout. */
export async function registerLimits(app: App, config: Config): Promise<void> {
  await app.register(helmet, {
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
  })
  if (config.corsOrigins.length > 0) await registerCors(app, config.corsOrigins)
  if (config.rateLimit > 0) await registerRateLimit(app, config.rateLimit)
  registerBodyTimeout(app)
}

/** Registers CORS for these origins. An OPTIONS request that is no preflight is treated like any other method. */
async function registerCors(app: App, origins: string[]): Promise<void> {
  const options = { origin: origins, methods: [...METHODS], exposedHeaders: EXPOSED_HEADERS }
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

/** Returns whom a request counts for: the user, the API key or the address. Keys in web pages count by visitor's address. */
export function callerKey({ identity, ip }: FastifyRequest): string {
  if (identity === null) return `ip:${ip}`
  if (identity.kind === 'key' && identity.scopes.includes('events:collect')) return `ip:${ip}`
  return `${identity.kind}:${identity.id}`
}

function isLimitedByQueue({ identity, routeOptions }: FastifyRequest): boolean {
  return (
    routeOptions.config.limitedByQueue === true && identity?.kind === 'key' && identity.scopes.includes('events:write')
  )
}
