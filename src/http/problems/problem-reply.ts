import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { isUnavailable } from '../../database/unavailability.ts'
import { codeOfStatus, type ErrorCode, type Fault, Problem, pointerOf } from '../../errors.ts'
import { patternFault } from '../../lib/patterns.ts'

/** Bounds the answer to a body full of errors. */
const MAX_FAULTS = 50

const FASTIFY_CODES: Record<string, ErrorCode> = {
  FST_ERR_BAD_URL: 'invalid_request',
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_json',
}

/** Headers of the original answer that do not apply to the problem. */
const REPLACED_HEADERS = [
  'accept-ranges',
  'content-disposition',
  'content-encoding',
  'content-length',
  'content-range',
  'etag',
  'last-modified',
  'location',
]

/** How a caller without valid credentials may authenticate (RFC 6750, 3). */
const CHALLENGE = { 'www-authenticate': 'Bearer realm="glance"' }
/** By then another primary has usually been elected. */
const RETRY_AFTER_SECONDS = '5'

export const PROBLEM_TYPE = 'application/problem+json'
/** Path of the page that explains the codes. */
export const PROBLEM_DOCS_PATH = '/docs/problems'

/** Sends a problem in place of the answer, whose headers are removed. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem) {
  for (const name of REPLACED_HEADERS) reply.removeHeader(name)
  return reply
    .code(problem.status)
    .header('cache-control', 'no-store')
    .headers({ ...(problem.status === 401 ? CHALLENGE : {}), ...problem.headers })
    .type(PROBLEM_TYPE)
    .serializer(JSON.stringify)
    .send(problemBody(problem, request.id))
}

/**
 * Returns the problem details (RFC 9457). `type` is a relative URL of the page about the code; `instance` is the request id, under
 * which the log has the request.
 */
export function problemBody({ code, title, status, detail, errors, members }: Problem, requestId: string) {
  return {
    type: `${PROBLEM_DOCS_PATH}#${code}`,
    title,
    status,
    code,
    detail,
    instance: `urn:uuid:${requestId}`,
    errors,
    ...members,
  }
}

/** Converts any error to the problem that the client gets. */
export function problemOf(error: FastifyError, request?: FastifyRequest): Problem {
  if (error instanceof Problem) return error
  if (error.validation) return validationProblem(error)
  if (request && error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return mediaTypeProblem(error, request)
  const code = FASTIFY_CODES[error.code]
  if (code) return new Problem(code, { detail: error.message, cause: error })
  if (error instanceof SyntaxError && error.statusCode === 400) {
    return new Problem('malformed_json', { detail: error.message, cause: error })
  }
  if (isUnavailable(error)) {
    const headers = { 'retry-after': RETRY_AFTER_SECONDS }
    return new Problem('unavailable', { detail: 'the database does not answer', headers, cause: error })
  }
  const status = error.statusCode ?? 500
  if (status >= 500) return new Problem('internal', { cause: error })
  return new Problem(codeOfStatus(status), { detail: error.message, cause: error })
}

function mediaTypeProblem(cause: FastifyError, { routeOptions }: FastifyRequest): Problem {
  const { body, consumes } = (routeOptions.schema ?? {}) as { body?: { content?: object }; consumes?: string[] }
  const supported = consumes ?? Object.keys(body?.content ?? { 'application/json': {} })
  return new Problem('unsupported_media_type', { detail: `the body must be ${supported.join(' or ')}`, cause })
}

function validationProblem(error: FastifyError): Problem {
  const part = error.validationContext === 'body' ? '' : `/${error.validationContext}`
  const errors = (error.validation ?? [])
    .slice(0, MAX_FAULTS)
    .map(({ instancePath, keyword, params, message }): Fault => {
      const missing = keyword === 'required' ? pointerOf(String(params.missingProperty)) : ''
      const extra = keyword === 'additionalProperties' ? pointerOf(String(params.additionalProperty)) : ''
      const allowed = keyword === 'enum' ? `: ${(params.allowedValues as unknown[]).join(', ')}` : ''
      return {
        pointer: `${part}${instancePath}${missing}${extra}`,
        detail: patternFault(keyword, params) ?? `${message ?? keyword}${allowed}`,
      }
    })
  const detail = errors.map(fault => `${fault.pointer} ${fault.detail}`).join('; ')
  return new Problem('invalid_request', { detail, errors })
}
