import type { FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { AuditTrail } from './audit-trail.ts'

const QUIET_MS = 60_000
const MAX_REMEMBERED = 10_000

/**
 * Returns a function that records the request of an account whose role does not suffice, without waiting: of an account and an
 * operation at most one a minute, since each is a write.
 */
export function refusalRecorder(audit: AuditTrail): (request: FastifyRequest) => void {
  const recent = new LRUCache<string, true>({ max: MAX_REMEMBERED, ttl: QUIET_MS })
  return ({ identity, method, routeOptions, ip }) => {
    const thing = `${method} ${routeOptions.url}`
    const refusal = `${identity?.id} ${thing}`
    if (recent.has(refusal)) return
    recent.set(refusal, true)
    void audit.record({ what: 'access_refused', who: identity?.id, thing, address: ip })
  }
}
