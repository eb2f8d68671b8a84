import type { FastifyRequest } from 'fastify'

/** Address and user agent of a request, for sessions, the audit trail and sign-in attempts. */
export interface RequestOrigin {
  address: string
  userAgent?: string | undefined
}

/** Returns the origin of a request. */
export function originOf({ ip, headers }: FastifyRequest): RequestOrigin {
  return { address: ip, userAgent: headers['user-agent'] }
}
