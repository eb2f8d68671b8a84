/** Every error a client can meet: its stable code, the status it comes with and a title for people. */
const catalogue = {
  invalid_request: [400, 'The request is not valid'],
  malformed_json: [400, 'The body is not JSON'],
  file_missing: [400, 'The upload has no file part'],
  file_repeated: [400, 'The upload has more than one file part'],
  file_empty: [400, 'The file is empty'],
  malformed_multipart: [400, 'The multipart body is broken or cut short'],
  sha256_mismatch: [400, 'The file does not have the given SHA-256'],
  event_rejected: [400, 'The event is not valid'],
  interval_expired: [400, 'That interval is no longer kept'],
  range_too_long: [400, 'The range has too many points'],
  report_too_large: [400, 'The report has too many rows'],
  unauthenticated: [401, 'Credentials are missing or not valid'],
  wrong_credentials: [401, 'E-mail or password is wrong'],
  forbidden: [403, 'This caller may not do that'],
  wrong_password: [403, 'The password is wrong'],
  not_found: [404, 'There is no such thing'],
  method_not_allowed: [405, 'The resource does not know this method'],
  request_timeout: [408, 'The request took too long to arrive'],
  email_taken: [409, 'There is an account with this e-mail already'],
  precondition_failed: [412, 'It has changed since it was read'],
  payload_too_large: [413, 'The body is too large'],
  file_too_large: [413, 'The file is too large'],
  field_too_large: [413, 'A field of the form is too long'],
  too_many_fields: [413, 'The form has too many fields'],
  too_many_parts: [413, 'The form has too many parts'],
  unsupported_media_type: [415, 'The content type is not supported'],
  unsupported_image: [415, 'The file is not an image of a supported type'],
  range_not_satisfiable: [416, 'The range lies outside the file'],
  corrupt_image: [422, 'The image can not be decoded'],
  image_too_large: [422, 'The image has too many pixels'],
  rate_limited: [429, 'Too many requests'],
  headers_too_large: [431, 'The headers are too large'],
  internal: [500, 'Something went wrong on our side'],
  report_too_slow: [503, 'The report takes longer than it may'],
  unavailable: [503, 'The service can not take this right now'],
} as const satisfies Record<string, readonly [status: number, title: string]>

export type ErrorCode = keyof typeof catalogue

/** One fault of a request: a JSON pointer into the part it is in, and what is wrong there. */
export interface Fault {
  pointer: string
  detail: string
  /** What kind of fault it is, where there are several. */
  code?: string
}

interface ProblemParts {
  detail?: string
  errors?: Fault[]
  headers?: Record<string, string>
  /** Further members of the answer, of this kind of problem alone. */
  members?: Record<string, unknown>
  cause?: unknown
}

/** An error that is meant for the client; everything else becomes `internal` at the edge. */
export class Problem extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly title: string
  readonly detail: string | undefined
  readonly errors: Fault[] | undefined
  readonly headers: Record<string, string>
  readonly members: Record<string, unknown>

  constructor(code: ErrorCode, parts: ProblemParts = {}) {
    const [status, title] = catalogue[code]
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

  /** The same problem with more members in its answer. */
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

/** The JSON pointer (RFC 6901) to a field, by the names on the way to it. */
export function pointerOf(...names: string[]): string {
  return names.map(name => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** A problem with one field of a JSON body. */
export function fieldProblem(pointer: string, detail: string, code: ErrorCode = 'invalid_request'): Problem {
  return new Problem(code, { detail, errors: [{ pointer, detail }] })
}

/** The code that stands for a bare HTTP status, for errors that are not ours. */
export function codeOfStatus(status: number): ErrorCode {
  const found = Object.entries(catalogue).find(([, [known]]) => known === status)
  return found ? (found[0] as ErrorCode) : status < 500 ? 'invalid_request' : 'internal'
}
