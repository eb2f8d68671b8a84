import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Problem } from '../errors.ts'
import { PROBLEM_TYPE, problemBody } from './problem-reply.ts'

/**
 * Answers a request with another expectation than `100-continue` (RFC 9110, 10.1.1), and closes the connection: its body may follow.
 * No route is looked for.
 */
export function answerExpectation({ headers }: IncomingMessage, response: ServerResponse): void {
  const id = randomUUID()
  const detail = `Expect: ${headers.expect} can not be met; only 100-continue can`
  const body = JSON.stringify(problemBody(new Problem('expectation_failed', { detail }), id))
  response
    .writeHead(417, {
      'content-type': PROBLEM_TYPE,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-request-id': id,
      connection: 'close',
    })
    .end(body)
}
