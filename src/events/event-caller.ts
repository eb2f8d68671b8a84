import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { isbot } from 'isbot'
import { Problem } from '../errors.ts'
import type { Identity } from '../http/plugins/identity.ts'

/** Programs for e-mails and feeds, and proxies of e-mail services, that isbot takes for crawlers. */
const READERS = /GoogleImageProxy|YahooMailProxy|Thunderbird|Feedly|NetNewsWire/

/**
 * Returns the caller of a request with events, with what the request tells about the person: the location, and whether there is one at
 * all. A server's request tells nothing about the people.
 * @throws Problem `unauthenticated`; `forbidden` for a key for web pages that another page sends
 */
export function eventCaller({ identity, headers, geography }: FastifyRequest): Identity {
  if (identity === null) throw new Problem('unauthenticated')
  const isKey = identity.kind === 'key'
  if (isKey && identity.scopes.includes('events:write')) return identity
  if (isKey && identity.scopes.includes('events:collect') && !identity.origins.includes(headers.origin ?? ''))
    throw new Problem('forbidden', { detail: 'the Origin header is not among the origins of this key' })
  const automated = isPrefetch(headers) || (isKey && isCrawler(headers['user-agent']))
  return { ...identity, ...(geography && { location: geography }), ...(automated && { automated }) }
}

/** Whether a program has sent a request by itself. Programs that fetch images of e-mails and feeds do so for somebody who reads. */
function isCrawler(userAgent = ''): boolean {
  return isbot(userAgent) && !READERS.test(userAgent)
}

/** Whether a browser has loaded the page before anybody has opened it. */
function isPrefetch(headers: IncomingHttpHeaders): boolean {
  const purpose = headers['sec-purpose'] ?? headers.purpose
  return /\b(prefetch|prerender)\b/i.test(String(purpose))
}
