/** An error that clients can get. */
export interface ProblemKind {
  status: number
  title: string
  /** When it occurs; Markdown code spans are allowed. */
  meaning: string
  /** What the client should do. */
  remedy: string
}

/** All errors that clients can get, by their stable codes. /docs/problems and docs/problems.md are generated from it. */
export const PROBLEMS = {
  invalid_request: {
    status: 400,
    title: 'The request is not valid',
    meaning:
      'A field is missing, unknown, of the wrong type or out of its range; or the request is not valid HTTP, or its body can not be decompressed.',
    remedy: 'Correct the fields that `errors` names. `/openapi.json` describes each request.',
  },
  malformed_json: {
    status: 400,
    title: 'The body is not valid JSON',
    meaning: 'The body is empty, not JSON or not UTF-8; or no line of a stream is JSON.',
    remedy: 'Send valid JSON in UTF-8.',
  },
  file_missing: {
    status: 400,
    title: 'The upload has no file',
    meaning: 'The upload has no part with a file.',
    remedy: 'Send the image as the part `file` of the form.',
  },
  file_repeated: {
    status: 400,
    title: 'The upload has more than one file',
    meaning: 'The upload has more than one file.',
    remedy: 'Upload each image in a request of its own.',
  },
  file_empty: {
    status: 400,
    title: 'The file is empty',
    meaning: 'The file has no bytes.',
    remedy: 'Check that the client reads the file before it sends it.',
  },
  malformed_multipart: {
    status: 400,
    title: 'The multipart body is damaged or incomplete',
    meaning:
      'The multipart body has no boundary or one of more than 70 characters, is broken, or ended before its last part.',
    remedy: 'Let an HTTP library build the form, and send the upload again.',
  },
  sha256_mismatch: {
    status: 400,
    title: 'The file has another SHA-256',
    meaning: 'The received file has another SHA-256 than the field `sha256` says.',
    remedy: 'Send the upload again; if it repeats, check how the client computes the hash.',
  },
  event_rejected: {
    status: 400,
    title: 'The event is not valid',
    meaning: 'The event was not stored. `errors[0].code` is a code of rejected events.',
    remedy: 'See the codes of rejected events below.',
  },
  interval_expired: {
    status: 400,
    title: 'The requested data have expired',
    meaning: 'Data of the requested time have expired. `detail` contains the time since which they are complete.',
    remedy: 'Request a later time, or a longer interval: roll-ups of days in UTC never expire.',
  },
  range_too_long: {
    status: 400,
    title: 'The range has too many points',
    meaning: 'The answer would have more than 1,500 points, or more than 50,000 in a report or roll-ups to sum.',
    remedy: 'Request a shorter range or a longer `interval`.',
  },
  report_too_large: {
    status: 400,
    title: 'The report is too large',
    meaning: 'The report would have more than 50,000 rows, or more than 64 MiB.',
    remedy: 'Request a shorter period, or restrict the report by its parameters.',
  },
  unauthenticated: {
    status: 401,
    title: 'Credentials are missing or not valid',
    meaning: 'Credentials are missing, expired, revoked or not valid, or their account no longer exists.',
    remedy: 'Get a new access token from `POST /v1/sessions/refresh`, or sign in again. Check the API key.',
  },
  wrong_credentials: {
    status: 401,
    title: 'E-mail or password is wrong',
    meaning: 'No account has this e-mail and password.',
    remedy: 'Check both. After several failures further attempts are delayed (`rate_limited`).',
  },
  forbidden: {
    status: 403,
    title: 'The caller is not allowed to do this',
    meaning: 'The caller does not have the role, scope, ownership or origin that the request requires.',
    remedy: '`detail` names what is required. Use another account or key, or ask an admin for the role or scope.',
  },
  confirmation_required: {
    status: 403,
    title: 'The password must be entered again',
    meaning:
      'Acts of an admin on accounts and keys, and erasures of other people, require that the password was entered within 10 minutes.',
    remedy:
      'Send the password to `POST /v1/sessions/current/confirmation`, and repeat the request with the same access token.',
  },
  quota_exceeded: {
    status: 403,
    title: 'The account has no room for the image',
    meaning: 'With this image the account would have more images or bytes than `QUOTA_IMAGES` or `QUOTA_BYTES` allow.',
    remedy: 'Delete images of the account, or ask the operator for a larger quota.',
  },
  wrong_password: {
    status: 403,
    title: 'The password is wrong',
    meaning: 'The password in the request is wrong, or has just been changed.',
    remedy: 'Ask the user for the current password.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    meaning: 'The path or the resource does not exist, or the caller may not see it.',
    remedy: 'Check the id. A private image is visible to its owner and to admins only.',
  },
  method_not_allowed: {
    status: 405,
    title: 'The method is not allowed for this path',
    meaning: 'The path exists, but not with this method.',
    remedy: 'Use a method that the `Allow` header names.',
  },
  request_timeout: {
    status: 408,
    title: 'The request took too long to arrive',
    meaning:
      'The request did not arrive in time: a body within 10 s, an upload within `UPLOAD_SECONDS`. A stream of events may not pause for 30 s.',
    remedy: 'Send it again. A stream can be sent again as a whole if its events have ids.',
  },
  email_taken: {
    status: 409,
    title: 'An account with this e-mail exists',
    meaning: 'An account has this e-mail, in upper or lower case.',
    remedy: 'Sign in, or use another e-mail.',
  },
  setup_done: {
    status: 409,
    title: 'The service is set up',
    meaning: 'An account exists, so the code of the first account has no effect.',
    remedy: 'Sign in, or sign up. An admin, or the operator by `npm run admin`, gives an account its roles.',
  },
  offset_conflict: {
    status: 409,
    title: 'The upload goes on at another offset',
    meaning: 'The resumable upload does not have the offset of the request, or another request appends to it.',
    remedy: 'Ask for the offset with HEAD, and send the bytes from there on.',
  },
  link_expired: {
    status: 410,
    title: 'The link has expired',
    meaning: 'The signed link to the file of an image was valid until `expires`.',
    remedy: 'Read the image again for a new `links.file`, or ask for a new link whoever gave it to you.',
  },
  precondition_failed: {
    status: 412,
    title: 'The resource has changed',
    meaning:
      'The image has another revision, or the file is another one, than `If-Match` or `If-Unmodified-Since` requires.',
    remedy: 'Read it again, and repeat the request with the new `ETag`.',
  },
  tus_version_unsupported: {
    status: 412,
    title: 'The version of tus is not supported',
    meaning: 'A request to `/v1/uploads` has no `Tus-Resumable: 1.0.0`.',
    remedy: 'Use a client for tus 1.0.',
  },
  payload_too_large: {
    status: 413,
    title: 'The body is too large',
    meaning:
      'A JSON body is larger than 64 KiB (events: 4 MiB, decompressed), a batch has more than 1,000 events, or a stream decompresses to more than 100 times its size.',
    remedy: 'Send smaller batches, or send events as `application/x-ndjson`, which has no such limit.',
  },
  file_too_large: {
    status: 413,
    title: 'The file is too large',
    meaning:
      'The file has more bytes than `MAX_UPLOAD_BYTES`, or the bytes of a resumable upload go beyond its `Upload-Length`.',
    remedy: 'Upload a smaller file.',
  },
  field_too_large: {
    status: 413,
    title: 'A field of the form is too long',
    meaning: 'A text field of the form is longer than any field may be.',
    remedy: 'Shorten the field that `errors` names.',
  },
  too_many_fields: {
    status: 413,
    title: 'The form has too many fields',
    meaning: 'The form has more than 60 text fields.',
    remedy: 'Send only the documented fields.',
  },
  too_many_parts: {
    status: 413,
    title: 'The form has too many parts',
    meaning: 'The form has more than 61 parts.',
    remedy: 'Send only the documented fields and one file.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The content type is not supported',
    meaning: 'The route does not accept this `Content-Type` or this `Content-Encoding`.',
    remedy:
      '`detail` names the accepted types and codings. Only events may be compressed, by gzip or br; zstd is not supported.',
  },
  unsupported_image: {
    status: 415,
    title: 'The image type is not supported',
    meaning: 'The file is not a JPEG, PNG, WebP, GIF or still AVIF image; HEIC is none of them. Its name is ignored.',
    remedy: 'Convert the image to one of these types.',
  },
  range_not_satisfiable: {
    status: 416,
    title: 'The range is outside the file',
    meaning: 'The `Range` header requests bytes after the end of the file.',
    remedy: 'Use the size in the `Content-Range` header of the answer.',
  },
  expectation_failed: {
    status: 417,
    title: 'The expectation can not be met',
    meaning: 'The request has an `Expect` header with another value than `100-continue`.',
    remedy: 'Leave the header out.',
  },
  corrupt_image: {
    status: 422,
    title: 'The image can not be decoded',
    meaning: 'The file begins like an image of a supported type, but can not be decoded.',
    remedy: 'Upload an intact file; saving it again in an image editor often helps.',
  },
  image_too_large: {
    status: 422,
    title: 'The image has too many pixels',
    meaning: 'The image has more pixels than `MAX_IMAGE_PIXELS`.',
    remedy: 'Upload a smaller image.',
  },
  upload_busy: {
    status: 423,
    title: 'The upload can not be read now',
    meaning:
      'The database does not answer, or all bytes of the resumable upload are stored but the service is too busy to make the image.',
    remedy: 'Ask again with HEAD after `Retry-After` seconds.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    meaning:
      'Too many requests, sign-ups, comments, failed sign-ins or live streams from this caller, account or address.',
    remedy: 'Wait for the seconds in `Retry-After`.',
  },
  too_many_uploads: {
    status: 429,
    title: 'The account has too many unfinished uploads',
    meaning: 'The account has 100 resumable uploads that are not complete.',
    remedy: 'Complete or delete some. Unfinished uploads are removed after a day.',
  },
  headers_too_large: {
    status: 431,
    title: 'The headers are too large',
    meaning: 'The headers of the request are too large.',
    remedy: 'Send fewer or shorter headers.',
  },
  checksum_mismatch: {
    status: 460,
    title: 'The bytes have another checksum',
    meaning: 'The bytes of the request have another checksum than `Upload-Checksum` says; none of them is stored.',
    remedy: 'Send them again.',
  },
  internal: {
    status: 500,
    title: 'An internal error occurred',
    meaning: 'An error of the service. Its log contains the cause with the request id in `instance`.',
    remedy: 'Try again later, and report the error with `instance`.',
  },
  report_failed: {
    status: 422,
    title: 'The report fails',
    meaning: 'The database refuses the pipeline of an own report; `detail` says why.',
    remedy: 'Correct the file of the report, or ask with other parameters.',
  },
  report_too_slow: {
    status: 503,
    title: 'The report took too long',
    meaning: 'The report took longer than the 20 seconds that are allowed over HTTP.',
    remedy: 'Request a shorter period, or use `npm run report`, which may take ten minutes.',
  },
  unavailable: {
    status: 503,
    title: 'The service is temporarily unavailable',
    meaning:
      'The queue is full, too many operations of this kind are running, the database does not answer, or the service is shutting down.',
    remedy: 'Send the same request again after `Retry-After` seconds. Events with ids are not counted twice.',
  },
} as const satisfies Record<string, ProblemKind>

export type ErrorCode = keyof typeof PROBLEMS
