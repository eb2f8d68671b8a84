import type { Readable } from 'node:stream'
import multipart from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { fieldProblem, Problem } from '../errors.ts'
import type { App } from '../http/server.ts'
import type { UploadPart } from './upload.ts'

const MOST_FIELDS = 60
const FIELD_BYTES = 16_384
const UPLOAD_TIME = 10 * 60_000

/** Lets routes read multipart bodies, with every limit that the parser has. */
export async function registerMultipart(app: App, maxUploadBytes: number): Promise<void> {
  await app.register(multipart, {
    throwFileSizeLimit: false,
    limits: {
      fileSize: maxUploadBytes,
      files: 1,
      fields: MOST_FIELDS,
      fieldSize: FIELD_BYTES,
      fieldNameSize: 100,
      parts: MOST_FIELDS + 1,
      headerPairs: 100,
    },
  })
}

/**
 * The parts of a request as they come.
 * @throws Problem for a body that is broken, too large, too slow, or was left by its sender
 */
export async function* uploadParts(request: FastifyRequest): AsyncGenerator<UploadPart> {
  if (!request.isMultipart())
    throw new Problem('unsupported_media_type', { detail: 'an upload is multipart/form-data' })
  const { raw } = request
  const timer = setTimeout(() => raw.destroy(new Problem('request_timeout')), UPLOAD_TIME)
  try {
    for await (const part of request.parts()) {
      if (part.type === 'file') {
        if (part.fieldname !== 'file') throw fieldProblem(`/${part.fieldname}`, 'the file belongs into the part "file"')
        const stop = () => part.file.destroy(new Problem('malformed_multipart', { detail: 'the upload was cut short' }))
        raw.once('close', () => raw.complete || stop())
        const fileName = (part.filename ?? '').slice(-255)
        yield { kind: 'file', fileName, bytes: bytesOf(part.file), isTruncated: () => part.file.truncated }
      } else {
        if (part.valueTruncated) throw fieldProblem(`/${part.fieldname}`, 'is too long', 'payload_too_large')
        yield { kind: 'field', name: part.fieldname, value: String(part.value) }
      }
    }
  } catch (error) {
    throw multipartProblem(error)
  } finally {
    clearTimeout(timer)
  }
}

/** The reader of a file meets the parser's errors here, outside the loop over the parts. */
async function* bytesOf(file: Readable): AsyncGenerator<Buffer> {
  try {
    yield* file as AsyncIterable<Buffer>
  } catch (error) {
    throw multipartProblem(error)
  }
}

function multipartProblem(error: unknown): unknown {
  if (error instanceof Problem) return error
  const { code, message } = error as { code?: string; message: string }
  if (code === 'FST_FILES_LIMIT') return new Problem('file_repeated', { cause: error })
  if (code?.endsWith('_LIMIT')) return new Problem('payload_too_large', { detail: message, cause: error })
  if (
    code?.startsWith('FST_') ||
    /boundary|end of (form|multipart)|terminated early|header|premature|aborted/i.test(message)
  ) {
    return new Problem('malformed_multipart', { detail: message, cause: error })
  }
  return error
}
