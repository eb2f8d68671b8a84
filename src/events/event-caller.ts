import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { isbot } from 'isbot'
import { Problem } from '../errors.ts'
import type { Identity } from '../http/plugins/identity.ts'

/**
 * Returns the caller of a request with events, with what the request tells about the person: the location, and whether there is one at
 * all. A server's request tells nothing about the people.
 * @throws Problem `unauthenticated`; `forbidden` for a key for web pages that another page sends
 */
export function eventCaller({ identity, headers, geography }: FastifyRequest): Identity {
  if (identity === null) throw new Problem('unauthenticated')
  const isPage = identity.kind === 'key' && !identity.scopes.includes('events:write')
  if (identity.kind === 'key' && !isPage) return identity
  if (isPage && !identity.origins.includes(headers.origin ?? ''))
    throw new Problem('forbidden', { detail: 'the Origin header is not among the origins of this key' })
  const automated = isPrefetch(headers) || (isPage && isbot(headers['user-agent']))
  return { ...identity, ...(geography && { location: geography }), ...(automated && { automated }) }
}

/** Whether a browser has loaded the page before anybody has opened it. */
function isPrefetch(headers: IncomingHttpHeaders): boolean {
  const purpose = headers['sec-purpose'] ?? headers.purpose
  return /\b(prefetch|prerender)\b/i.test(String(purpose))
}
