import type { FastifyRequest } from 'fastify'

/** Where a request comes from, as far as accounts take note of it. */
export interface RequestOrigin {
  address: string
  userAgent?: string | undefined
}

export function originOf({ ip, headers }: FastifyRequest): RequestOrigin {
  return { address: ip, userAgent: headers['user-agent'] }
}
