import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../errors.ts'
import type { UserIdentity } from '../http/plugins/identity.ts'
import type { Accounts } from './accounts.ts'

/** Browsers accept this name only from the host itself, over https and for all paths: no other host can plant such a cookie. */
const HTTPS_COOKIE = { name: '__Host-glance-refresh', path: '/', secure: true }
const HTTP_COOKIE = { name: 'glance-refresh', path: '/v1/sessions', secure: false }

/**
 * Returns the refresh token in the cookie of a browser session; undefined when there is no cookie.
 * @throws Problem `forbidden` when a page of another origin sent it
 */
export function refreshCookie(request: FastifyRequest): string | undefined {
  const token = request.cookies[cookieFor(request).name]
  if (token !== undefined) refuseOtherOrigins(request)
  return token
}

/** Sets the cookie of a browser session. @param expiresAt when the session expires */
export function setRefreshCookie(reply: FastifyReply, token: string, expiresAt: Date): void {
  const { name, ...attributes } = cookieFor(reply.request)
  const maxAge = Math.round((expiresAt.getTime() - Date.now()) / 1000)
  reply.setCookie(name, token, { ...attributes, httpOnly: true, sameSite: 'strict', maxAge })
}

/** Removes the cookie of a browser session. */
export function clearRefreshCookie(reply: FastifyReply): void {
  const { name, ...attributes } = cookieFor(reply.request)
  reply.clearCookie(name, { ...attributes, httpOnly: true, sameSite: 'strict' })
}

/**
 * Returns the account whose browser session a cookie names, without its roles; null when there is no cookie, or its session has ended.
 * The refresh token may have been used before: another tab may have the next one.
 * @throws Problem `forbidden` when a page of another origin sent the cookie
 */
export async function accountOfCookie(
  { sessions }: Pick<Accounts, 'sessions'>,
  request: FastifyRequest,
): Promise<UserIdentity | null> {
  const token = refreshCookie(request)
  const session = token === undefined ? null : await sessions.ofToken(token)
  return session && { kind: 'user', id: session.userId, roles: [], sessionId: session._id }
}

/** @throws Problem `forbidden` when a page of another origin sent the request: cookies are for pages of the service itself */
export function refuseOtherOrigins(request: FastifyRequest): void {
  if (isSameOrigin(request)) return
  const detail =
    'session cookies are for pages of the same origin; pages of other origins send the refresh token in the body'
  throw new Problem('forbidden', { detail })
}

/** Whether a page of the same origin, or no page, sent a request. Browsers send Sec-Fetch-Site over https and to localhost only. */
function isSameOrigin({ headers, host }: FastifyRequest): boolean {
  const { origin, 'sec-fetch-site': site } = headers
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  if (origin === undefined) return true
  if (!URL.canParse(origin)) return false
  const page = new URL(origin)
  const service = `${page.protocol}//${host}`
  return URL.canParse(service) && new URL(service).host === page.host
}

/** Returns the cookie for a request, by whether the browser uses https: a proxy may speak http to the service. */
function cookieFor({ headers, protocol }: FastifyRequest) {
  return headers.origin?.startsWith('https:') || protocol === 'https' ? HTTPS_COOKIE : HTTP_COOKIE
}
