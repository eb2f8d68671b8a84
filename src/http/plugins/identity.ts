import type { FastifyRequest } from 'fastify'
import { Problem } from '../../errors.ts'
import type { RateLimit } from '../rate-limit.ts'
import type { Geography } from '../schemas.ts'
import type { App } from '../server.ts'

const READING_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

export const ROLES = ['user', 'analyst', 'admin'] as const
export type Role = (typeof ROLES)[number]

export const SCOPES = [
  'images:write',
  'events:write',
  'events:collect',
  'events:pixel',
  'stats:read',
  'exports:read',
  'erasures:write',
  'metrics:read',
] as const
export type Scope = (typeof SCOPES)[number]

/** Scopes of keys that anybody can read, in a web page or an e-mail. */
export const PUBLIC_SCOPES: readonly Scope[] = ['events:collect', 'events:pixel']

interface Caller {
  /** Location of the person who acted, from a trusted proxy; not set for servers. */
  location?: Geography
  /** Whether a crawler or a prefetch sent the request, not a person. */
  automated?: true
  /** Whether the request is for the pixel: nothing tells which page or e-mail it stands in. */
  pixel?: true
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
  /** The account that owns the key; see `representedAccount` for what the key may see of it. */
  ownerId: string
}

export type Identity = UserIdentity | KeyIdentity

/** Look-ups of credentials in the database, which are limited: made-up credentials must not keep it busy. */
export interface Lookups {
  /** Call it before a look-up. @throws Problem `rate_limited` when too many have failed */
  admit(): Promise<void>
  /** Call it when nothing was found. */
  failed(): Promise<void>
}

/** Resolves an access token or API key, sent from an address, to its identity; null when it is not valid. */
export type IdentityResolver = (credential: string, address: string, lookups: Lookups) => Promise<Identity | null>

declare module 'fastify' {
  interface FastifyRequest {
    /** The caller; null for an anonymous request. */
    identity: Identity | null
    /** What is wrong with the credentials that were sent; null when they are valid, or there are none. */
    credentialProblem: Problem | null
    /** Resolves the credentials once more, for an answer that goes on: null when they are not valid any more. */
    identifyAgain(): Promise<Identity | null>
  }
}

/**
 * Resolves the credentials of each request to an identity. The access rules decide what it may do.
 * @param failures limits the look-ups that fail
 */
export function registerIdentity(app: App, resolve: IdentityResolver, failures?: RateLimit): void {
  app.decorateRequest('identity', null)
  app.decorateRequest('credentialProblem', null)
  app.decorateRequest('identifyAgain', async function (this: FastifyRequest) {
    const credential = credentialOf(this)
    return credential === undefined ? null : resolved(credential, this)
  })
  app.addHook('onRequest', async request => {
    if (request.routeOptions.config.access?.open) return
    const credential = credentialOf(request)
    if (credential === undefined) return
    const identity = await resolved(credential, request)
    request.credentialProblem = problemOf(identity, request)
    if (!request.credentialProblem) request.identity = identity
    if (request.identity?.kind === 'user' && request.identity.mayHaveEnded && !READING_METHODS.has(request.method)) {
      const detail = 'it is not known whether the session has ended: the database does not answer'
      throw new Problem('unavailable', { detail, headers: { 'retry-after': '5' } })
    }
  })

  function resolved(credential: string, request: FastifyRequest): Promise<Identity | null> {
    return resolve(credential, request.ip, {
      admit: async () => failures?.check(request),
      failed: async () => {
        await failures?.count(request)
      },
    })
  }
}

/**
 * Returns the account that calls, on a route that only accounts may call.
 * @throws Problem `forbidden` for any other caller
 */
export function accountOf({ identity }: FastifyRequest): UserIdentity {
  if (identity?.kind !== 'user') throw new Problem('forbidden')
  return identity
}

/**
 * Returns the account that a caller stands for: an account for itself, an API key with `images:write` for its owner. Every other
 * API key, and an anonymous caller, stands for nobody: it sees of an account only what everybody sees.
 */
export function representedAccount(identity: Identity | null): string | undefined {
  if (identity?.kind === 'user') return identity.id
  return identity?.scopes.includes('images:write') ? identity.ownerId : undefined
}

/** Whether a caller has a key that anybody can read. */
export function hasPublicKey(identity: Identity): boolean {
  return identity.kind === 'key' && identity.scopes.some(scope => PUBLIC_SCOPES.includes(scope))
}

function credentialOf(request: FastifyRequest): string | undefined {
  return credentialOfHeaders(request) ?? keyOfQuery(request)
}

function credentialOfHeaders({ headers }: FastifyRequest): string | undefined {
  const key = headers['x-api-key']
  if (typeof key === 'string') return key
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')
  if (bearer) return bearer[1]
  return headers.authorization === undefined ? undefined : ''
}

/** Returns the API key of a beacon, which can not set headers. */
function keyOfQuery({ query, routeOptions }: FastifyRequest): string | undefined {
  const { key } = (query ?? {}) as Record<string, unknown>
  return routeOptions.config.access?.keyInQuery && typeof key === 'string' ? key : undefined
}

/** Returns what is wrong with credentials. URLs end up in logs and histories, so they may only contain a key that anybody can read. */
function problemOf(identity: Identity | null, request: FastifyRequest): Problem | null {
  if (identity === null) return new Problem('unauthenticated')
  const isInQuery = credentialOfHeaders(request) === undefined
  if (!isInQuery || hasPublicKey(identity)) return null
  const detail = `key takes only an API key with the scope ${PUBLIC_SCOPES.join(' or ')}; send other credentials in a header`
  return new Problem('unauthenticated', { detail })
}
