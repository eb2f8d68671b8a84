import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import multipart from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { type ErrorCode, fieldProblem, Problem } from '../../errors.ts'
import type { App } from '../../http/server.ts'
import type { UploadPart } from './receive-file.ts'
import { MAX_FIELD_LENGTH } from './upload-form.ts'

const MAX_FIELDS = 60
/** A character has at most four bytes. */
const MAX_FIELD_BYTES = 4 * MAX_FIELD_LENGTH
const MAX_NAME_LENGTH = 255
/** A client may go on sending a rejected upload for this time: most clients read the answer only afterwards. */
const LINGER_MS = 10_000

const LIMITS: Record<string, ErrorCode> = {
  FST_FILES_LIMIT: 'file_repeated',
  FST_FIELDS_LIMIT: 'too_many_fields',
  FST_PARTS_LIMIT: 'too_many_parts',
}

/** Registers the multipart parser with its limits. */
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
 * @param time limit for the whole request, in ms
 * @throws Problem when the body is not multipart, is broken, too large, too slow or cut short
 */
export async function* uploadParts(request: FastifyRequest, time: number): AsyncGenerator<UploadPart> {
  if (!request.isMultipart())
    throw new Problem('unsupported_media_type', { detail: 'the content type of an upload must be multipart/form-data' })
  const { raw } = request
  const abort = watchForAbort(raw, time)
  const parts = request.parts()
  try {
    for (;;) {
      const { value: part, done } = await Promise.race([parts.next(), abort.aborted])
      if (done) return
      if (part.type === 'file') {
        if (part.fieldname !== 'file') throw fieldProblem(`/${part.fieldname}`, 'the file must be in the part "file"')
        abort.aborted.catch(problem => part.file.destroy(problem))
        const fileName = sanitizedName(part.filename ?? '')
        yield { kind: 'file', fileName, bytes: bytesOf(part.file), isTruncated: () => part.file.truncated }
      } else {
        if (part.valueTruncated) throw fieldProblem(`/${part.fieldname}`, 'is too long', 'field_too_large')
        if (typeof part.value !== 'string') throw fieldProblem(`/${part.fieldname}`, 'is not text')
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

/** Returns a file name without control characters and lone surrogates; of a long one the end, with the extension. */
function sanitizedName(name: string): string {
  return Array.from(name.replace(/[\p{Cc}\p{Cs}]/gu, '_'))
    .slice(-MAX_NAME_LENGTH)
    .join('')
}

/** Returns a promise that rejects when the client has closed the connection, possibly before this call, or takes too long. */
function watchForAbort(raw: IncomingMessage, time: number): { aborted: Promise<never>; stop(): void } {
  let stop: (() => void) | undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(() => reject(new Problem('request_timeout')), time)
    const onClose = () =>
      raw.complete || reject(new Problem('malformed_multipart', { detail: 'the upload was cut short' }))
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

/** Discards the rest of the request, so that the client gets to read the answer. */
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

function multipartProblem(error: unknown): unknown {
  if (error instanceof Problem) return error
  const { code = '', message } = error as { code?: string; message: string }
  const limit = LIMITS[code]
  if (limit) return new Problem(limit, { cause: error })
  if (
    code.startsWith('FST_') ||
    /boundary|end of (form|multipart)|terminated early|header|premature|aborted/i.test(message)
  ) {
    return new Problem('malformed_multipart', { detail: message, cause: error })
  }
  return error
}
