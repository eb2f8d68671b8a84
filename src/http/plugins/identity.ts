import type { FastifyRequest } from 'fastify'
import { Problem } from '../../errors.ts'
import type { Geography } from '../schemas.ts'
import type { App } from '../server.ts'

const READING_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

export const ROLES = ['user', 'analyst', 'admin'] as const
export type Role = (typeof ROLES)[number]

export const SCOPES = [
  'images:write',
  'events:write',
  'events:collect',
  'stats:read',
  'exports:read',
  'erasures:write',
  'metrics:read',
] as const
export type Scope = (typeof SCOPES)[number]

interface Caller {
  /** Location of the person who acted, from a trusted proxy; not set for servers. */
  location?: Geography
}

/** An account that calls with an access token. */
export interface UserIdentity extends Caller {
  kind: 'user'
  id: string
  roles: Role[]
  sessionId: string
  /** It is not known whether the session has ended meanwhile: the caller may read, but not change anything. */
  mayHaveEnded?: true
}

/** An app that calls with an API key. */
export interface KeyIdentity extends Caller {
  kind: 'key'
  id: string
  app: string
  scopes: Scope[]
  origins: string[]
  ownerId: string
}

export type Identity = UserIdentity | KeyIdentity

/** Resolves an access token or API key, sent from an address, to its identity; null when it is not valid. */
export type IdentityResolver = (credential: string, address: string) => Promise<Identity | null>

declare module 'fastify' {
  interface FastifyRequest {
    /** The caller; null for an anonymous request. */
    identity: Identity | null
    /** Whether credentials were sent that are not valid. */
    badCredentials: boolean
  }
}

/** Resolves the credentials of each request to an identity. The access rules decide what it may do. */
export function registerIdentity(app: App, resolve: IdentityResolver): void {
  app.decorateRequest('identity', null)
  app.decorateRequest('badCredentials', false)
  app.addHook('onRequest', async request => {
    if (request.routeOptions.config.access?.open) return
    const credential = presentedCredential(request)
    if (credential === undefined) return
    request.identity = await resolve(credential, request.ip)
    request.badCredentials = request.identity === null
    if (request.identity?.kind === 'user' && request.identity.mayHaveEnded && !READING_METHODS.has(request.method)) {
      const detail = 'it is not known whether the session has ended: the database does not answer'
      throw new Problem('unavailable', { detail, headers: { 'retry-after': '5' } })
    }
  })
}

/**
 * Returns the account that calls, on a route that only accounts may call.
 * @throws Problem `forbidden` for any other caller
 */
export function accountOf({ identity }: FastifyRequest): UserIdentity {
  if (identity?.kind !== 'user') throw new Problem('forbidden')
  return identity
}

function presentedCredential(request: FastifyRequest): string | undefined {
  const key = request.headers['x-api-key']
  if (typeof key === 'string') return key
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')
  if (bearer) return bearer[1]
  if (request.headers.authorization !== undefined) return ''
  const query = request.query as Record<string, unknown> | undefined
  return request.routeOptions.config.access?.keyInQuery && typeof query?.key === 'string' ? query.key : undefined
}
