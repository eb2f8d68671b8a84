import type { FastifyReply } from 'fastify'
import { Problem } from '../../errors.ts'

/** Returns a signal that is aborted, with a Problem, when the connection of a request closes before its answer is sent. */
export function disconnectSignal({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController()
  const leave = () => {
    if (raw.writableFinished) return
    controller.abort(new Problem('unavailable', { detail: 'the client has closed the connection' }))
  }
  if (raw.destroyed) leave()
  else raw.once('close', leave)
  return controller.signal
}
