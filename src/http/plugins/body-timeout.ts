import type { FastifyRequest } from 'fastify'
import { Problem } from '../../errors.ts'
import type { App } from '../server.ts'

/** How long a body may take to arrive, in ms, but for those that are read as they come. */
const BODY_TIME = 10_000

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A body of this media type is read as it comes, and its reader keeps the time. */
    streamed?: string
  }
}

/** Answers 408 to a body that is not there in time; how long the answer takes is another matter. */
export function registerBodyTimeout(app: App, time = BODY_TIME): void {
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

function isStreamed({ routeOptions, mediaType }: FastifyRequest): boolean {
  const { streamed } = routeOptions.config
  return streamed !== undefined && streamed === mediaType
}

/** The parser is told, which answers and closes: to destroy the stream would take the connection from the answer. */
function giveUp({ raw }: FastifyRequest): void {
  // Here, but nobody reads it: a GET has no parser.
  if (raw.complete) return
  if (raw.listenerCount('error') > 0) raw.emit('error', new Problem('request_timeout'))
  else raw.destroy()
}
