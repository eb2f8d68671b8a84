import type { FastifyRequest } from 'fastify'

/** Where a request comes from, as far as accounts take note of it. */
export interface Origin {
  address: string
  userAgent?: string | undefined
}

export function originOf({ ip, headers }: FastifyRequest): Origin {
  return { address: ip, userAgent: headers['user-agent'] }
}
