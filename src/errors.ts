import { type ErrorCode, PROBLEMS } from './problem-catalogue.ts'

export type { ErrorCode }

/** A fault of a request: the JSON Pointer (RFC 6901) of a field, and what is wrong with it. */
export interface Fault {
  pointer: string
  detail: string
  /** Kind of the fault, for problems with several kinds. */
  code?: string
}

interface ProblemParts {
  detail?: string
  errors?: Fault[]
  headers?: Record<string, string>
  /** Further members of the problem details. */
  members?: Record<string, unknown>
  cause?: unknown
}

/** An error for the client, with its problem details. Every other error is answered as `internal`. */
export class Problem extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly title: string
  readonly detail: string | undefined
  readonly errors: Fault[] | undefined
  readonly headers: Record<string, string>
  readonly members: Record<string, unknown>

  constructor(code: ErrorCode, parts: ProblemParts = {}) {
    const { status, title } = PROBLEMS[code]
    super(parts.detail ?? title, { cause: parts.cause })
    this.name = 'Problem'
    this.code = code
    this.status = status
    this.title = title
    this.detail = parts.detail
    this.errors = parts.errors
    this.headers = parts.headers ?? {}
    this.members = parts.members ?? {}
  }

  /** Returns a copy with further members. */
  with(members: Record<string, unknown>): Problem {
    const { detail, errors, headers, cause } = this
    return new Problem(this.code, {
      ...(detail === undefined ? {} : { detail }),
      ...(errors ? { errors } : {}),
      headers,
      members: { ...this.members, ...members },
      cause,
    })
  }
}

/** Returns the JSON Pointer (RFC 6901) of a path of names. */
export function pointerOf(...names: string[]): string {
  return names.map(name => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** Returns a problem with one field. */
export function fieldProblem(pointer: string, detail: string, code: ErrorCode = 'invalid_request'): Problem {
  return new Problem(code, { detail, errors: [{ pointer, detail }] })
}

/** Returns the code for an HTTP status, for errors of libraries. */
export function codeOfStatus(status: number): ErrorCode {
  const codes = Object.keys(PROBLEMS) as ErrorCode[]
  return codes.find(code => PROBLEMS[code].status === status) ?? (status < 500 ? 'invalid_request' : 'internal')
}
