import type { FastifyError } from 'fastify'
import { isUnavailable } from '../../database/unavailability.ts'
import { Problem } from '../../errors.ts'
import type { App } from '../server.ts'
import { OutageLog } from './outage-log.ts'
import { problemOf, sendProblem } from './problem-reply.ts'

/**
 * Answers every error as problem+json (RFC 9457). Internal errors are logged and not shown to the client. An outage of the
 * database is logged once, not for each request.
 */
export function registerProblems(app: App): void {
  const outage = new OutageLog(app.log)
  app.addHook('onClose', async () => outage.end())
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error, request)
    if (problem.status >= 500) {
      // A deliberate refusal is no failure: there may be hundreds a second, and the stack is of no use.
      if (isUnavailable(problem.cause)) outage.failed(problem.cause as Error)
      else if (problem === error && problem.cause === undefined) {
        // A browser closes the connection of a picture that is no longer looked at.
        request.log[reply.raw.destroyed ? 'debug' : 'warn'](`refused: ${problem.message}`)
      } else request.log.error({ err: error }, 'request failed')
    }
    return sendProblem(request, reply, problem)
  })
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, new Problem('not_found', { detail: `no route for ${request.method} and this path` })),
  )
}
