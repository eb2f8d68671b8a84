import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import multipart from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { type ErrorCode, fieldProblem, Problem, pointerOf } from '../../errors.ts'
import type { App } from '../../http/server.ts'
import type { UploadPart } from './receive-file.ts'
import { fileDetail, MAX_FIELD_LENGTH } from './upload-form.ts'

const MAX_FIELDS = 60
/** The longest boundary that RFC 2046 allows. */
const MAX_BOUNDARY_LENGTH = 70
/** A parameter with a boundary, also in its extended form (RFC 2231). */
const BOUNDARY = /;\s*boundary[^=;]*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/gi
/** A character has at most four bytes. */
const MAX_FIELD_BYTES = 4 * MAX_FIELD_LENGTH
/** Maximum length of a stored file name, in characters. */
const MAX_NAME_LENGTH = 255
/** A client may go on sending a rejected upload for this time: most clients read the answer only afterwards. */
const LINGER_MS = 10_000

/** Error codes for the limits of the parser. */
const LIMIT_CODES: Record<string, ErrorCode> = {
  FST_FILES_LIMIT: 'file_repeated',
  FST_FIELDS_LIMIT: 'too_many_fields',
  FST_PARTS_LIMIT: 'too_many_parts',
}

/** Registers the multipart parser with its limits. @param maxUploadBytes size limit of the file */
export async function registerMultipart(app: App, maxUploadBytes: number): Promise<void> {
  await app.register(multipart, {
    throwFileSizeLimit: false,
    limits: {
      fileSize: maxUploadBytes,
      files: 1,
      fields: MAX_FIELDS,
      fieldSize: MAX_FIELD_BYTES,
      fieldNameSize: 100,
      parts: MAX_FIELDS + 1,
      headerPairs: 100,
    },
  })
}

/**
 * Yields the parts of a multipart request while they arrive.
 * @param timeLimit time limit of the whole request, in ms
 * @throws Problem `unsupported_media_type`, `malformed_multipart`, `request_timeout`, `invalid_request`; `file_repeated`,
 *   `field_too_large`, `too_many_fields`, `too_many_parts` when a limit is exceeded
 */
export async function* uploadParts(request: FastifyRequest, timeLimit: number): AsyncGenerator<UploadPart> {
  if (!request.isMultipart())
    throw new Problem('unsupported_media_type', { detail: 'the content type of an upload must be multipart/form-data' })
  checkBoundary(request.headers['content-type'] ?? '')
  const { raw } = request
  const abort = watchForAbort(raw, timeLimit)
  const parts = request.parts()
  try {
    for (;;) {
      const { value: part, done } = await Promise.race([parts.next(), abort.aborted])
      if (done) return
      if (part.type === 'file') {
        if (part.fieldname !== 'file') throw fieldProblem(pointerOf(part.fieldname), fileDetail(part.fieldname))
        abort.aborted.catch(problem => part.file.destroy(problem))
        const fileName = sanitizedName(part.filename ?? '')
        yield { kind: 'file', fileName, bytes: bytesOf(part.file), isTruncated: () => part.file.truncated }
      } else {
        if (part.fieldname === 'file')
          throw fieldProblem('/file', 'the part "file" must be sent as a file, with a file name', 'file_missing')
        if (part.valueTruncated) throw fieldProblem(pointerOf(part.fieldname), 'is too long', 'field_too_large')
        if (typeof part.value !== 'string') throw fieldProblem(pointerOf(part.fieldname), 'is not text')
        yield { kind: 'field', name: part.fieldname, value: part.value }
      }
    }
  } catch (error) {
    throw multipartProblem(error)
  } finally {
    abort.stop()
    if (!raw.complete && !raw.destroyed) drain(raw)
  }
}

/** @throws Problem `malformed_multipart` for a boundary that is too long, which the parser can not take */
function checkBoundary(contentType: string): void {
  for (const [, quoted, plain = ''] of contentType.matchAll(BOUNDARY)) {
    const { length } = quoted ?? plain.trim()
    if (length <= MAX_BOUNDARY_LENGTH) continue
    const detail = `the boundary has ${length} characters, at most ${MAX_BOUNDARY_LENGTH} are allowed`
    throw new Problem('malformed_multipart', { detail })
  }
}

/** Replaces control characters and lone surrogates in a file name, and keeps the end of a long one, with the extension. */
function sanitizedName(name: string): string {
  return Array.from(name.replace(/[\p{Cc}\p{Cs}]/gu, '_'))
    .slice(-MAX_NAME_LENGTH)
    .join('')
}

/** Returns a promise that rejects when the client has closed the connection, possibly before this call, or takes too long. */
function watchForAbort(raw: IncomingMessage, timeLimit: number): { aborted: Promise<never>; stop(): void } {
  let stop: (() => void) | undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    const detail = `the upload took longer than ${timeLimit / 1000} s`
    const timer = setTimeout(() => reject(new Problem('request_timeout', { detail })), timeLimit)
    // Not `raw.complete`: what has arrived and was not read before the close is lost.
    const onClose = () =>
      raw.readableEnded ||
      reject(new Problem('malformed_multipart', { detail: 'the connection was closed before the upload was complete' }))
    if (raw.destroyed) onClose()
    raw.once('close', onClose)
    stop = () => {
      clearTimeout(timer)
      raw.off('close', onClose)
    }
  })
  aborted.catch(() => undefined)
  return { aborted, stop: () => stop?.() }
}

/** Discards the rest of a rejected request for up to 10 s, so that the client gets to read the answer. */
function drain(raw: IncomingMessage): void {
  raw.unpipe()
  raw.resume()
  const timer = setTimeout(() => raw.destroy(), LINGER_MS).unref()
  raw.once('close', () => clearTimeout(timer))
}

/** Yields the bytes of a file; errors of the parser occur here, outside the loop over the parts. */
async function* bytesOf(file: Readable): AsyncGenerator<Buffer> {
  try {
    yield* file as AsyncIterable<Buffer>
  } catch (error) {
    throw multipartProblem(error)
  }
}

/** Converts an error of the parser to a problem: whatever the parser can not read is the fault of the body. */
function multipartProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  const { code = '', message } = error as { code?: string; message: string }
  const limit = LIMIT_CODES[code]
  if (limit) return new Problem(limit, { cause: error })
  return new Problem('malformed_multipart', { detail: message, cause: error })
}
