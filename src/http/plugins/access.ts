import type { FastifyRequest } from 'fastify'
import { Problem } from '../../errors.ts'
import { isLocal } from '../local-request.ts'
import type { App } from '../server.ts'
import type { Role, Scope, UserIdentity } from './identity.ts'

/** Access rule of a route. Whether a caller may see a certain image or account is decided where it is read. */
interface Rule {
  /** Everybody; credentials are ignored. */
  open?: true
  /** Everybody; credentials, if sent, must be valid. */
  anybody?: true
  /** Every account. */
  user?: true
  /** Accounts with one of these roles. */
  roles?: Role[]
  /** Accounts must have entered their password recently. */
  confirmed?: true
  /** API keys with one of these scopes. */
  scopes?: Scope[]
  /** Callers on this machine. */
  loopback?: true
  /** The cookie of a browser session may stand for an access token, which may have expired. */
  sessionCookie?: true
  /** A key that anybody can read may be sent as `?key=`, since beacons and images can not set headers. */
  keyInQuery?: true
}

const open: Rule = { open: true }
const anybody: Rule = { anybody: true }
const user: Rule = { user: true }
const admin: Rule = { roles: ['admin'] }
const adminAct: Rule = { roles: ['admin'], confirmed: true }
const uploader: Rule = { user: true, scopes: ['images:write'] }
const analyst: Rule = { roles: ['analyst', 'admin'], scopes: ['exports:read'] }

/** The access rules of all routes. */
const table: Record<string, Rule> = {
  'GET /livez': open,
  'GET /readyz': open,
  'GET /openapi.json': open,
  'GET /': open,
  'GET /dashboard': open,
  'GET /dashboard/*': open,
  'GET /v1/tracker.js': open,
  'GET /v1/tracker-:hash.js': open,
  'GET /v1/time': open,
  'GET /metrics': { loopback: true, scopes: ['metrics:read'] },
  'GET /v1/setup': open,
  // The code is the credential: there is no account yet.
  'POST /v1/setup': open,
  'POST /v1/users': open,
  'GET /v1/users/me': user,
  'PATCH /v1/users/me': user,
  'PUT /v1/users/me/password': user,
  'GET /v1/users/me/export': user,
  'GET /v1/users/me/stats': user,
  'GET /v1/users': admin,
  'PUT /v1/users/:id/roles': adminAct,
  'POST /v1/sessions': open,
  'POST /v1/sessions/refresh': open,
  'GET /v1/sessions': user,
  'DELETE /v1/sessions': user,
  'DELETE /v1/sessions/current': { user: true, sessionCookie: true },
  'POST /v1/sessions/current/confirmation': user,
  'DELETE /v1/sessions/:id': user,
  'POST /v1/keys': adminAct,
  'GET /v1/keys': admin,
  'DELETE /v1/keys/:id': adminAct,
  'GET /v1/audit': admin,
  'POST /v1/erasures': { user: true, scopes: ['erasures:write'] },
  'GET /v1/erasures': admin,
  // The id is the credential: an erased person has no other.
  'GET /v1/erasures/:id': open,
  'POST /v1/images': uploader,
  'POST /v1/uploads': uploader,
  'HEAD /v1/uploads/:id': uploader,
  'PATCH /v1/uploads/:id': uploader,
  'POST /v1/uploads/:id': uploader,
  'DELETE /v1/uploads/:id': uploader,
  'GET /v1/images': anybody,
  'GET /v1/images/:id': anybody,
  'PATCH /v1/images/:id': user,
  'DELETE /v1/images/:id': user,
  'POST /v1/images/deletions': user,
  'GET /v1/images/:id/file': anybody,
  'POST /v1/images/:id/links': user,
  'GET /v1/images/:id/feedback': user,
  'PUT /v1/images/:id/feedback': user,
  'PATCH /v1/images/:id/feedback': user,
  'DELETE /v1/images/:id/feedback': user,
  'GET /v1/users/me/feedback': user,
  'POST /v1/images/:id/comments': user,
  'GET /v1/images/:id/comments': anybody,
  'DELETE /v1/comments/:id': user,
  'GET /v1/users/me/events': user,
  'POST /v1/events': { user: true, scopes: ['events:write', 'events:collect'], keyInQuery: true },
  'GET /v1/pixel.gif': { scopes: ['events:pixel'], keyInQuery: true },
  'GET /v1/images/:id/stats': { user: true, scopes: ['stats:read'] },
  'GET /v1/stats/top': { user: true, scopes: ['stats:read'] },
  'GET /v1/stats/trending': { user: true, scopes: ['stats:read'] },
  'GET /v1/stats/overview': { roles: ['analyst', 'admin'], scopes: ['stats:read'] },
  // Without an image, the numbers are those of the overview.
  'GET /v1/live': { user: true, scopes: ['stats:read'] },
  'GET /v1/exports/events': analyst,
  'GET /v1/exports/feedback': analyst,
  'GET /v1/exports/images': analyst,
  'GET /v1/reports': analyst,
  'GET /v1/reports/:name': analyst,
  'GET /v1/reports/:name/results': analyst,
  'GET /v1/schedules': admin,
  'GET /v1/system': admin,
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Rule
  }
}

/** What the access rules need of accounts. */
interface AccessParts {
  /** @throws Problem `confirmation_required` unless the password was entered recently in the session */
  requireConfirmation(sessionId: string): Promise<void>
  /** Returns the account whose browser session the cookie of a request names. */
  accountOfCookie(request: FastifyRequest): Promise<UserIdentity | null>
  /** Records that an account was refused because of its roles. */
  recordRefusal(request: FastifyRequest): void
}

/**
 * Applies the access rules, before a body is read.
 * @throws Error at the start, for a route without a rule
 */
export function registerAccess(app: App, { requireConfirmation, accountOfCookie, recordRefusal }: AccessParts): void {
  app.addHook('onRoute', route => {
    if (route.config?.access) return
    const rule = ruleOf(firstMethod(route.method), route.url)
    if (!rule) throw new Error(`no access rule for ${route.method} ${route.url}`)
    route.config = { ...route.config, access: rule }
  })
  app.addHook('preParsing', async request => {
    const rule = request.routeOptions.config.access
    if (!rule) return
    if (rule.sessionCookie && request.identity === null) await identifyByCookie(request)
    const problem = refusalOf(rule, request)
    if (problem && rule.roles && request.identity?.kind === 'user') recordRefusal(request)
    if (problem) throw problem
    if (rule.confirmed && request.identity?.kind === 'user') await requireConfirmation(request.identity.sessionId)
  })

  /** Identifies the caller by the cookie of its session, if there is one. */
  async function identifyByCookie(request: FastifyRequest): Promise<void> {
    const account = await accountOfCookie(request)
    if (account === null) return
    request.identity = account
    request.credentialProblem = null
  }
}

/** Returns the rule of a route. HEAD has the rule of GET, if there is one; preflight requests and the documentation are open. */
export function ruleOf(method: string, url: string): Rule | undefined {
  if (method === 'OPTIONS' || url === '/docs' || url.startsWith('/docs/')) return open
  return table[`${method} ${url}`] ?? (method === 'HEAD' ? table[`GET ${url}`] : undefined)
}

/** Returns the first method of a route; its rule applies to the others. */
export function firstMethod(method: string | string[]): string {
  return [method].flat()[0] ?? 'GET'
}

/** Returns why a rule does not allow a request; undefined when it does. */
function refusalOf(rule: Rule, request: FastifyRequest): Problem | undefined {
  if (rule.open) return undefined
  if (request.credentialProblem) return request.credentialProblem
  if (rule.anybody || (rule.loopback && isLocal(request))) return undefined
  const { identity } = request
  if (identity === null) return new Problem('unauthenticated')
  const allowed =
    identity.kind === 'user'
      ? rule.user || identity.roles.some(role => rule.roles?.includes(role))
      : identity.scopes.some(scope => rule.scopes?.includes(scope))
  return allowed ? undefined : new Problem('forbidden', { detail: requirementOf(rule) })
}

/** Returns what a rule requires, as a sentence. */
function requirementOf({ user, roles = [], scopes = [] }: Rule): string {
  const requirements = [
    ...(user ? ['the access token of an account'] : []),
    ...(roles.length > 0 ? [`the role ${roles.join(' or ')}`] : []),
    ...(scopes.length > 0 ? [`an API key with the scope ${scopes.join(' or ')}`] : []),
  ]
  return `requires ${requirements.join(', or ')}`
}
