import type { FastifyError } from 'fastify'
import { Problem } from '../../errors.ts'
import { problemOf, sendProblem } from '../problem-reply.ts'
import type { App } from '../server.ts'

/** Answers every error as problem+json (RFC 9457). Internal errors are logged and not shown to the client. */
export function registerProblems(app: App): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error, request)
    if (problem.status >= 500) {
      // A deliberate refusal is no failure: there may be hundreds a second, and the stack is of no use.
      if (problem === error && problem.cause === undefined) request.log.warn(`refused: ${problem.message}`)
      else request.log.error({ err: error }, 'request failed')
    }
    return sendProblem(request, reply, problem)
  })
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, new Problem('not_found', { detail: `no route for ${request.method} and this path` })),
  )
}
