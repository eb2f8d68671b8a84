/** What is wrong with one field of a request. */
export interface FieldFault {
  /** Where it is, as in `/email`. */
  pointer: string
  detail: string
}

/** The body of an answer that is an error (RFC 9457). */
interface ProblemBody {
  title?: string
  status?: number
  code?: string
  detail?: string
  errors?: FieldFault[]
}

/** An answer of the API that is an error, or that there was no answer. */
export class Problem extends Error {
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number
  /** One of those in /docs/problems; `offline` when there was no answer. */
  readonly code: string
  readonly errors: FieldFault[]
  /** When the request may be repeated, if the answer says it. */
  readonly retryAt: Date | undefined

  constructor({ title, status = 0, code = 'unknown', detail, errors = [] }: ProblemBody, retryAt?: Date) {
    super(detail ?? title ?? 'The request failed.')
    this.status = status
    this.code = code
    this.errors = errors
    this.retryAt = retryAt
  }

  /** Returns what is wrong with a field of the body; undefined when nothing is. */
  faultOf(field: string): string | undefined {
    return this.errors.find(({ pointer }) => pointer === `/${field}`)?.detail
  }
}

/** Returns the problem that there was no answer. */
export function offline(): Problem {
  return new Problem({ code: 'offline', detail: 'The service does not answer. Check the connection, then try again.' })
}

/** Returns the problem of an answer. @param text its body, which a proxy may have written */
export function problemOf(status: number, text: string, retryAfter: string | null): Problem {
  const seconds = Number(retryAfter)
  const retryAt = retryAfter !== null && seconds > 0 ? new Date(Date.now() + seconds * 1000) : undefined
  try {
    return new Problem({ ...(JSON.parse(text) as ProblemBody), status }, retryAt)
  } catch {
    return new Problem({ status, detail: `The service answered with status ${status}.` }, retryAt)
  }
}
