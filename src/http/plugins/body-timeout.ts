import type { FastifyRequest } from 'fastify'
import { Problem } from '../../errors.ts'
import type { App } from '../server.ts'

/** Limit for bodies that are not streamed. */
const BODY_TIMEOUT_MS = 10_000

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Bodies of these media types are streamed; their readers limit the time. */
    streamed?: readonly string[]
  }
}

/**
 * Answers 408 when a body does not arrive in time.
 * @param time limit in ms
 */
export function registerBodyTimeout(app: App, time = BODY_TIMEOUT_MS): void {
  app.addHook('preParsing', async (request, _reply, payload) => {
    if (!hasBody(request) || isStreamed(request)) return payload
    const timer = setTimeout(() => giveUp(request), time)
    payload.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer))
    return payload
  })
}

function hasBody({ headers }: FastifyRequest): boolean {
  return Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined
}

/** Whether the body of a request is read while it arrives. */
export function isStreamed({ routeOptions, mediaType = '' }: FastifyRequest): boolean {
  return routeOptions.config.streamed?.includes(mediaType) ?? false
}

/** Makes the body parser fail, which answers and closes the connection; destroying the stream would prevent the answer. */
function giveUp({ raw }: FastifyRequest): void {
  // The body has arrived but is not read: a GET has no parser.
  if (raw.complete) return
  if (raw.listenerCount('error') > 0) raw.emit('error', new Problem('request_timeout'))
  else raw.destroy()
}
