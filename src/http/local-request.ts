import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'

const LOOPBACK = ['127.0.0.1', '::1', '::ffff:127.0.0.1']

/** Whether a service that listens at a host can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || LOOPBACK.includes(host)
}

/**
 * Whether the Host header names this machine, by address or as localhost. Another name may be one that an attacker's web page had
 * resolved to this machine (DNS rebinding), so that a browser here sends the page's requests to it.
 */
export function namesThisMachine({ headers: { host } }: FastifyRequest): boolean {
  if (host === undefined) return true
  if (!URL.canParse(`http://${host}`)) return false
  const { hostname } = new URL(`http://${host}`)
  return hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0
}

/** Whether a request comes from this machine; one that a proxy forwarded, or that is for another host, does not. */
export function isLocal(request: FastifyRequest): boolean {
  if (request.headers['x-forwarded-for'] !== undefined || request.headers.forwarded !== undefined) return false
  return LOOPBACK.includes(request.ip) && namesThisMachine(request)
}
