import type { ProblemCode } from './api.ts'

/** What is wrong with one field of a request. */
export interface Fault {
  /** JSON Pointer (RFC 6901) into the body, or into `/params` or `/querystring`. */
  pointer: string
  detail: string
  code?: string
}

/** The body of an answer that is an error (RFC 9457). */
interface ProblemBody {
  title?: string
  status?: number
  code?: string
  detail?: string
  instance?: string
  errors?: Fault[]
}

/** An error of the service, that there was no answer (`no_answer`), or that the queue of events is full (`queue_full`). */
export class Problem extends Error {
  override readonly name = 'Problem'
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number
  /** Programs decide by it; docs/problems.md explains the codes. */
  readonly code: ProblemCode | 'no_answer' | 'queue_full' | (string & {})
  readonly errors: Fault[]
  /** The id of the request, which the log of the service contains. */
  readonly instance: string | undefined
  /** How long to wait before the request is sent again, in ms, if the answer says it. */
  readonly retryAfter: number | undefined

  constructor(
    { title, status = 0, code = 'unknown', detail, instance, errors = [] }: ProblemBody,
    { retryAfter, cause }: { retryAfter?: number | undefined; cause?: unknown } = {},
  ) {
    super(detail ?? title ?? `The service answered with status ${status}.`, { cause })
    this.status = status
    this.code = code
    this.errors = errors
    this.instance = instance
    this.retryAfter = retryAfter
  }
}

/** Returns the problem that there was no answer. @param cause why */
export function noAnswer(cause: unknown): Problem {
  return new Problem({ code: 'no_answer', detail: 'The service does not answer.' }, { cause })
}

/** Returns the problem of an answer that is an error, which a proxy may have written. */
export async function problemOf(response: Response): Promise<Problem> {
  const { status, headers } = response
  const retryAfter = millisecondsOf(headers.get('retry-after'))
  const text = await response.text()
  try {
    return new Problem({ ...(JSON.parse(text) as ProblemBody), status }, { retryAfter })
  } catch {
    return new Problem({ status }, { retryAfter })
  }
}

/** Reads Retry-After, which is a number of seconds or a date (RFC 9110). */
function millisecondsOf(retryAfter: string | null): number | undefined {
  if (retryAfter === null) return undefined
  const milliseconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.now()
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds)
}
