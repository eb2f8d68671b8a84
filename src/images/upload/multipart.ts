import type { Readable } from 'node:stream'
import { MIMEType } from 'node:util'
import type { FastifyRequest } from 'fastify'
import { fieldProblem, Problem, pointerOf } from '../../errors.ts'
import type { App } from '../../http/server.ts'
import { drain, type UploadLimits, watchForAbort } from './arriving-body.ts'
import { type FormPart, formParts } from './form-parts.ts'
import type { UploadPart } from './receive-file.ts'
import { fileDetail, MAX_FIELD_LENGTH } from './upload-form.ts'

/** The media type of an upload. */
export const FORM = 'multipart/form-data'
/** The longest boundary that RFC 2046 allows. */
const MAX_BOUNDARY_LENGTH = 70
/** A character has at most four bytes. */
const MAX_FIELD_BYTES = 4 * MAX_FIELD_LENGTH
/** Lets requests with forms reach their route, which reads them. */
export function acceptForms(app: App): void {
  app.addContentTypeParser(FORM, (_request, _payload, done) => done(null))
}

/**
 * Yields the parts of a multipart request while they arrive.
 * @throws Problem `unsupported_media_type`, `malformed_multipart`, `request_timeout`, `invalid_request`, `file_missing`;
 *   `file_too_large`, `file_repeated`, `field_too_large`, `too_many_fields`, `too_many_parts` when a limit is exceeded
 */
export async function* uploadParts(request: FastifyRequest, limits: UploadLimits): AsyncGenerator<UploadPart> {
  if (request.mediaType !== FORM)
    throw new Problem('unsupported_media_type', { detail: `the content type of an upload must be ${FORM}` })
  const { raw } = request
  const abort = watchForAbort(raw, limits.time, 'malformed_multipart')
  try {
    const boundary = boundaryOf(request.headers['content-type'] ?? '')
    for await (const part of formParts(raw, boundary, abort.signal)) {
      if (part.fileName === undefined) {
        if (part.name === 'file')
          throw fieldProblem('/file', 'the part "file" must be sent as a file, with a file name', 'file_missing')
        yield { kind: 'field', name: part.name, value: await textOf(part) }
      } else {
        if (part.name !== 'file') throw fieldProblem(pointerOf(part.name), fileDetail(part.name))
        yield { kind: 'file', fileName: part.fileName, bytes: bytesOf(part.body, limits.bytes, abort.signal) }
      }
    }
  } catch (error) {
    throw multipartProblem(error, abort.signal)
  } finally {
    abort.stop()
    drain(raw)
  }
}

/** @throws Problem `malformed_multipart` for a content type without a boundary of 1 to 70 characters */
function boundaryOf(contentType: string): string {
  const boundary = new MIMEType(contentType).params.get('boundary') ?? ''
  if (boundary === '') throw new Problem('malformed_multipart', { detail: 'the content type has no boundary' })
  if (boundary.length <= MAX_BOUNDARY_LENGTH) return boundary
  const detail = `the boundary has ${boundary.length} characters, at most ${MAX_BOUNDARY_LENGTH} are allowed`
  throw new Problem('malformed_multipart', { detail })
}

/** Reads a field. @throws Problem `field_too_large`; `invalid_request` for another content type than text, and for octets that are none */
async function textOf({ name, contentType, body }: FormPart): Promise<string> {
  const [mediaType = '', ...parameters] = contentType.split(';').map(part => part.trim())
  if (/json$/.test(mediaType)) throw fieldProblem(pointerOf(name), 'must be sent as text')
  const charset = parameters.find(parameter => parameter.startsWith('charset='))?.slice('charset='.length)
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_FIELD_BYTES) throw fieldProblem(pointerOf(name), 'is too long', 'field_too_large')
    chunks.push(chunk)
  }
  try {
    return new TextDecoder(charset?.replaceAll('"', '') ?? 'utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    throw fieldProblem(pointerOf(name), `is not text in ${charset ?? 'UTF-8'}`)
  }
}

/** Yields the bytes of a file. @throws Problem `file_too_large`, or what the reading of the form throws */
async function* bytesOf(file: Readable, maxBytes: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  let length = 0
  try {
    for await (const chunk of file as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > maxBytes) throw new Problem('file_too_large')
      yield chunk
    }
  } catch (error) {
    throw multipartProblem(error, signal)
  }
}

/** Converts an error of the parser to a problem: whatever the parser can not read is the fault of the body. */
function multipartProblem(error: unknown, signal: AbortSignal): Problem {
  if (signal.reason instanceof Problem) return signal.reason
  if (error instanceof Problem) return error
  return new Problem('malformed_multipart', { detail: (error as Error).message, cause: error })
}
