import type { FastifyRequest } from 'fastify'
import { Problem } from '../../errors.ts'
import type { Geography } from '../schemas.ts'
import type { App } from '../server.ts'

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
  /** Where this request came from, as a trusted proxy says, where that says something of who acted. */
  location?: Geography
}

export interface UserIdentity extends Caller {
  kind: 'user'
  id: string
  roles: Role[]
  sessionId: string
}

export interface KeyIdentity extends Caller {
  kind: 'key'
  id: string
  app: string
  scopes: Scope[]
  origins: string[]
  ownerId: string
}

export type Identity = UserIdentity | KeyIdentity

/** Turns a token or key presented from an address into who that is; null when it is not, or no longer, valid. */
export type IdentityResolver = (credential: string, address: string) => Promise<Identity | null>

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is calling; null is nobody known. */
    identity: Identity | null
    /** Credentials were sent but did not resolve. */
    badCredentials: boolean
  }
}

/** Finds out who calls before anything else looks at the request; deciding what they may is `access`'s. */
export function registerIdentity(app: App, resolve: IdentityResolver): void {
  app.decorateRequest('identity', null)
  app.decorateRequest('badCredentials', false)
  app.addHook('onRequest', async request => {
    if (request.routeOptions.config.access?.open) return
    const credential = presentedCredential(request)
    if (credential === undefined) return
    request.identity = await resolve(credential, request.ip)
    request.badCredentials = request.identity === null
  })
}

/** The account that calls, on a route to which the access table lets nobody else come. */
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
