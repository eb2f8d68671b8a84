import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { Server } from '@tus/server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../../errors.ts'
import { disconnectSignal } from '../../../http/connection/disconnect.ts'
import { callerOf } from '../../catalogue/list-images.ts'
import type { Image } from '../../image.ts'
import { drain, type UploadLimits, watchForAbort } from '../arriving-body.ts'
import { completeUpload, type ResumableDeps } from './complete-upload.ts'
import { TusStore } from './tus-store.ts'
import { UploadChecksum } from './upload-checksum.ts'
import { readMetadata } from './upload-metadata.ts'

/** Path of resumable uploads. */
export const UPLOADS_PATH = '/v1/uploads'
/** Media type of the bytes of an upload. */
export const OFFSET_STREAM = 'application/offset+octet-stream'
/** The headers that the protocol knows. The others are none of its business: it would act on some, such as `X-Forwarded-Proto`. */
const TUS_HEADERS = /^(tus-resumable|upload-(?!checksum).*|content-length)$/

/** The dependencies of an exchange. */
export interface TusParts {
  library: ResumableDeps
  limits: UploadLimits
}

/** The answer to a request of the tus protocol. */
export interface TusAnswer {
  status: number
  headers: [name: string, value: string][]
  /** The image, once all bytes are stored. */
  image: Image | undefined
}

/**
 * Answers a request of the tus protocol for the account that calls. With the last byte the image is made.
 * @throws Problem as `TusStore`, `completeUpload` and `readMetadata` do; `file_too_large`, `request_timeout`; `invalid_request`
 *   for what violates the protocol
 */
export async function exchange(request: FastifyRequest, reply: FastifyReply, parts: TusParts): Promise<TusAnswer> {
  const { library, limits } = parts
  const { id } = request.params as { id?: string }
  const checksum = request.headers['upload-checksum']
  const store = new TusStore(
    library.resumable,
    callerOf(request.identity),
    typeof checksum === 'string' ? new UploadChecksum(checksum) : undefined,
  )
  const outcome: Outcome = { image: undefined, failure: undefined }
  const server = new Server({
    path: UPLOADS_PATH,
    datastore: store,
    relativeLocation: true,
    maxSize: limits.bytes,
    namingFunction: () => randomUUID(),
    getFileIdFromRequest: () => id,
    onUploadCreate: async (_, { metadata = {} }) => {
      readMetadata(metadata)
      return {}
    },
    onUploadFinish: async (_, upload) => {
      outcome.image = await completeUpload(await store.find(upload.id), library, disconnectSignal(reply))
      return {}
    },
    onResponseError: (_, error) => {
      outcome.failure ??= error
      return undefined
    },
  })
  try {
    const response = await server.handleWeb(webRequest(request, bytesOf(request.raw, limits.time, outcome)))
    if (outcome.failure instanceof Error) throw outcome.failure
    if (response.status >= 400) throw problemOf(response.status, await response.text())
    return { status: response.status, headers: [...response.headers], image: outcome.image }
  } finally {
    drain(request.raw)
  }
}

/** What came of a request, beside the answer of the server. */
interface Outcome {
  image: Image | undefined
  /** Why the request failed: the error itself, of which the server would show the message only. */
  failure: unknown
}

/** Returns a request with those headers that the protocol knows. */
function webRequest(request: FastifyRequest, bytes: AsyncIterable<Buffer>): Request {
  const { id } = request.params as { id?: string }
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers))
    if (typeof value === 'string' && TUS_HEADERS.test(name)) headers.set(name, value)
  const hasBytes = request.mediaType === OFFSET_STREAM
  if (hasBytes) headers.set('content-type', OFFSET_STREAM)
  return new Request(`http://localhost${UPLOADS_PATH}/${id ?? ''}`, {
    // A POST to an upload stands for PATCH.
    method: request.method === 'POST' && id !== undefined ? 'PATCH' : request.method,
    headers,
    ...(hasBytes ? { body: ReadableStream.from(bytes), duplex: 'half' } : {}),
  })
}

/**
 * Yields the bytes of a request while they arrive. Of a body that is cut off it yields what has arrived, and ends.
 * @param time in which all must arrive, in ms
 * @param outcome gets the reason why not all did: the client has closed the connection, or it took too long
 */
async function* bytesOf(raw: IncomingMessage, time: number, outcome: Outcome): AsyncGenerator<Buffer> {
  const { signal, stop } = watchForAbort(raw, time, 'invalid_request')
  const bytes = raw.pipe(new PassThrough())
  const end = () => {
    outcome.failure = signal.reason
    raw.unpipe(bytes)
    bytes.end()
  }
  if (signal.aborted) end()
  signal.addEventListener('abort', end)
  try {
    for await (const some of bytes) yield some
  } finally {
    stop()
  }
}

/** Converts an answer of the server that refuses a request. */
function problemOf(status: number, text: string): Problem {
  const detail = text.trim()
  if (status === 409) return new Problem('offset_conflict', { detail })
  if (status === 413) return new Problem('file_too_large', { detail })
  if (status < 500 || status === 501) return new Problem('invalid_request', { detail })
  return new Problem('internal', { cause: new Error(detail) })
}
