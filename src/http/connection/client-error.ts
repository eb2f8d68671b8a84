import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionError, FastifyInstance } from 'fastify'
import { Problem } from '../../errors.ts'
import { PROBLEM_TYPE, problemBody } from '../problems/problem-reply.ts'

/**
 * Answers a request that can not be parsed as HTTP, and closes the connection. Node provides no reply object for it, so the
 * answer is written to the socket. Fastify binds `this`.
 */
export function answerClientError(this: FastifyInstance, error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const id = randomUUID()
  // Not the error itself: it contains the raw request with its credentials.
  this.log.info({ reqId: id, code: error.code }, 'the request is not valid HTTP')
  socket.write(answerOf(problemOf(error), id))
  socket.destroySoon()
}

/** Closes a connection with too many waiting requests, with an answer unless that to an earlier one has begun. */
export function refuseWaitingRequests(socket: Socket, current: ServerResponse): void {
  if (current.headersSent) {
    socket.destroy()
    return
  }
  const detail = 'too many requests are waiting on this connection: read the answers before sending more'
  socket.write(answerOf(new Problem('unavailable', { detail, headers: { 'retry-after': '1' } }), randomUUID()))
  socket.destroySoon()
}

/**
 * Answers a request with another expectation than `100-continue` (RFC 9110, 10.1.1), and closes the connection: its body may follow.
 * No route is looked for.
 */
export function answerExpectation({ headers: { expect } }: IncomingMessage, response: ServerResponse): void {
  const detail = `Expect: ${expect} can not be met; only 100-continue can`
  const problem = new Problem('expectation_failed', { detail })
  const { headers, body } = closingAnswer(problem, randomUUID())
  response.writeHead(problem.status, headers).end(body)
}

function problemOf({ code, message }: ConnectionError): Problem {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Problem('request_timeout')
  if (code === 'HPE_HEADER_OVERFLOW') return new Problem('headers_too_large')
  return new Problem('invalid_request', { detail: message })
}

function answerOf(problem: Problem, id: string): string {
  const { headers, body } = closingAnswer(problem, id)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return [`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`, ...lines, '', body].join('\r\n')
}

/** Returns headers and body of an answer after which the connection is closed. */
function closingAnswer(problem: Problem, id: string) {
  const body = JSON.stringify(problemBody(problem, id))
  const headers = {
    'content-type': PROBLEM_TYPE,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-request-id': id,
    connection: 'close',
    ...problem.headers,
  }
  return { headers, body }
}
