import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import type { FastifyRequest } from 'fastify'
import type { Config } from '../../config/config.ts'
import { networkOf } from '../../lib/network.ts'
import { METHODS } from '../problems/method-not-allowed.ts'
import { RateLimit } from '../rate-limit.ts'
import type { App } from '../server.ts'
import { registerBodyTimeout } from './body-timeout.ts'
import { hasPublicKey } from './identity.ts'

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
  'Tus-Resumable',
  'Tus-Version',
  'Tus-Extension',
  'Tus-Max-Size',
  'Tus-Checksum-Algorithm',
  'Upload-Offset',
  'Upload-Length',
  'Upload-Metadata',
  'Upload-Expires',
  'Upload-Image',
]

/** An address may make as many requests as so many callers. */
const CALLERS_OF_ADDRESS = 4
/** A page shows many pictures, so files may be requested so many times as often as anything else. */
const FILES_PER_REQUEST = 10

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Requests of keys with events:write are limited by the queue, not by the rate limit. */
    limitedByQueue?: true
    /** Pages make many such requests, as for files of images: they have a limit of their own. */
    limitedAsFile?: true
    /** Requests count as sign-ups, which have a limit of their own. */
    limitedAsSignUp?: true
  }
}

/** Registers security headers, CORS, the rate limits and the checks of bodies before they are parsed. */
export async function registerLimits(app: App, config: Config): Promise<void> {
  await app.register(helmet, {
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
  })
  if (config.corsOrigins.length > 0) await registerCors(app, config.corsOrigins)
  if (config.rateLimit > 0) limitRequests(app, config.rateLimit)
  if (config.signUpLimit > 0) limitSignUps(app, config.signUpLimit)
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

/** Limits requests by caller and by address, those for files apart from all others. */
function limitRequests(app: App, max: number): void {
  const countRequest = counter(app, max)
  const countFile = counter(app, FILES_PER_REQUEST * max)
  app.addHook('onRequest', async (request, reply) => {
    if (isLimitedByQueue(request)) return
    const count = request.routeOptions.config.limitedAsFile ? countFile : countRequest
    reply.headers(await count(request))
  })
}

/**
 * Returns what counts a request for its caller and its address: somebody with many accounts has one address, but there may be others
 * behind it.
 */
function counter(app: App, max: number): RateLimit['count'] {
  const byCaller = new RateLimit(app, { max, callerOf: callerKey })
  const byAddress = new RateLimit(app, {
    max: CALLERS_OF_ADDRESS * max,
    callerOf: ({ ip }) => networkOf(ip),
    detail: 'too many requests from this address',
  })
  return async request => {
    await byAddress.count(request)
    return byCaller.count(request)
  }
}

/** Returns the limit of look-ups of API keys that do not exist, by address; undefined when requests are not limited. */
export function failedLookupLimit(app: App, { rateLimit }: Config): RateLimit | undefined {
  if (rateLimit === 0) return undefined
  const detail = 'too many API keys from this address were not valid'
  return new RateLimit(app, { max: rateLimit, callerOf: ({ ip }) => networkOf(ip), detail })
}

/** Limits sign-ups by address: each costs a hash of a password. Bodies that are not valid do not count. */
function limitSignUps(app: App, max: number): void {
  const limit = new RateLimit(app, {
    max,
    callerOf: ({ ip }) => networkOf(ip, 48),
    detail: 'too many sign-ups from this address',
  })
  app.addHook('preHandler', async request => {
    if (request.routeOptions.config.limitedAsSignUp) await limit.count(request)
  })
}

/** Returns whom a request counts for: the user, the API key or the network. Keys that anybody can read count by the visitor's network. */
export function callerKey({ identity, ip }: FastifyRequest): string {
  if (identity === null || hasPublicKey(identity)) return `ip:${networkOf(ip)}`
  return `${identity.kind}:${identity.id}`
}

function isLimitedByQueue({ identity, routeOptions }: FastifyRequest): boolean {
  return (
    routeOptions.config.limitedByQueue === true && identity?.kind === 'key' && identity.scopes.includes('events:write')
  )
}
