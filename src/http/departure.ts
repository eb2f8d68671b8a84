import type { FastifyReply } from 'fastify'
import { Problem } from '../errors.ts'

/** Returns a signal that is aborted, with a Problem, when the connection of a request closes before its answer is sent. */
export function departureOf({ raw }: FastifyReply): AbortSignal {
  const departure = new AbortController()
  const leave = () => {
    if (raw.writableFinished) return
    departure.abort(new Problem('unavailable', { detail: 'the client has closed the connection' }))
  }
  if (raw.destroyed) leave()
  else raw.once('close', leave)
  return departure.signal
}
