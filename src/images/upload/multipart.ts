import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import multipart from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { type ErrorCode, fieldProblem, Problem } from '../../errors.ts'
import type { App } from '../../http/server.ts'
import type { UploadPart } from './receive-file.ts'
import { MAX_FIELD_LENGTH } from './upload-form.ts'

const MOST_FIELDS = 60
/** A character is four bytes at most. */
const FIELD_BYTES = 4 * MAX_FIELD_LENGTH
const LONGEST_NAME = 255
/** So long a sender whose upload was refused may go on before it is cut off: most read the answer only afterwards. */
const LINGER = 10_000

const LIMITS: Record<string, ErrorCode> = {
  FST_FILES_LIMIT: 'file_repeated',
  FST_FIELDS_LIMIT: 'too_many_fields',
  FST_PARTS_LIMIT: 'too_many_parts',
}

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
 * @param time how long all of it may take, in ms
 * @throws Problem for a body that is broken, too large, too slow, or was left by its sender
 */
export async function* uploadParts(request: FastifyRequest, time: number): AsyncGenerator<UploadPart> {
  if (!request.isMultipart())
    throw new Problem('unsupported_media_type', { detail: 'an upload is multipart/form-data' })
  const { raw } = request
  const end = watchForEnd(raw, time)
  const parts = request.parts()
  try {
    for (;;) {
      const { value: part, done } = await Promise.race([parts.next(), end.tooSoon])
      if (done) return
      if (part.type === 'file') {
        if (part.fieldname !== 'file') throw fieldProblem(`/${part.fieldname}`, 'the file belongs into the part "file"')
        end.tooSoon.catch(problem => part.file.destroy(problem))
        const fileName = tidyName(part.filename ?? '')
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
    end.stop()
    if (!raw.complete && !raw.destroyed) drain(raw)
  }
}

/** The end of a name, where its extension is, without what no text may hold. */
function tidyName(name: string): string {
  return Array.from(name.replace(/[\p{Cc}\p{Cs}]/gu, '_'))
    .slice(-LONGEST_NAME)
    .join('')
}

/** Rejects when the sender has left, maybe before anybody looked, or takes too long. */
function watchForEnd(raw: IncomingMessage, time: number): { tooSoon: Promise<never>; stop(): void } {
  let stop: (() => void) | undefined
  const tooSoon = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(() => reject(new Problem('request_timeout')), time)
    const left = () =>
      raw.complete || reject(new Problem('malformed_multipart', { detail: 'the upload was cut short' }))
    if (raw.destroyed) left()
    raw.once('close', left)
    stop = () => {
      clearTimeout(timer)
      raw.off('close', left)
    }
  })
  tooSoon.catch(() => undefined)
  return { tooSoon, stop: () => stop?.() }
}

/** Reads on and forgets what is still being sent, so that the sender comes to read the answer. */
function drain(raw: IncomingMessage): void {
  raw.unpipe()
  raw.resume()
  const timer = setTimeout(() => raw.destroy(), LINGER).unref()
  raw.once('close', () => clearTimeout(timer))
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
