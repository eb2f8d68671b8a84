import type { FastifyError } from 'fastify'
import { Problem } from '../../errors.ts'
import { problemOf, sendProblem } from '../problem-reply.ts'
import type { App } from '../server.ts'

/** Every error leaves as RFC 9457 problem+json; what is not meant for the client is logged and hidden. */
export function registerProblems(app: App): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error)
    if (problem.status >= 500) {
      // A refusal that we chose is no failure: there may be hundreds a second, and its stack says nothing.
      if (problem === error && problem.cause === undefined) request.log.warn(`refused: ${problem.message}`)
      else request.log.error({ err: error }, 'request failed')
    }
    return sendProblem(request, reply, problem)
  })
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, new Problem('not_found')))
}
