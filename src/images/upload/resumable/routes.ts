import type { FastifyReply, FastifyRequest } from 'fastify'
import { isUnavailable } from '../../../database/unavailability.ts'
import { fieldProblem, Problem } from '../../../errors.ts'
import { disconnectSignal } from '../../../http/connection/disconnect.ts'
import type { App } from '../../../http/server.ts'
import { callerOf } from '../../catalogue/list-images.ts'
import type { Library } from '../../library.ts'
import { wireImage } from '../../schemas.ts'
import type { UploadLimits } from '../arriving-body.ts'
import { completeUpload } from './complete-upload.ts'
import {
  createUploadSchema,
  deleteUploadSchema,
  describeUploadsSchema,
  getUploadSchema,
  resumeUploadSchema,
} from './schemas.ts'
import { exchange, OFFSET_STREAM, UPLOADS_PATH } from './tus-exchange.ts'
import { EXTENSIONS } from './tus-store.ts'
import { CHECKSUM_ALGORITHMS } from './upload-checksum.ts'

/** Version of the protocol. */
const TUS_VERSION = '1.0.0'
/** Headers of answers that are set elsewhere: CORS by its plugin, the others by Fastify. */
const OTHERS_HEADERS = /^(access-control-.*|content-(type|length))$/

/** The dependencies of the routes of resumable uploads. */
interface ResumableRouteParts {
  library: Library
  limits: UploadLimits
}

type UploadRequest = FastifyRequest<{ Params: { id: string } }>

/** Registers the routes of resumable uploads, which speak tus 1.0 (https://tus.io/protocols/resumable-upload). */
export async function resumableRoutes(app: App, { library, limits }: ResumableRouteParts): Promise<void> {
  const config = { streamed: [OFFSET_STREAM] }
  app.addContentTypeParser(OFFSET_STREAM, (_request, _payload, done) => done(null))
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('tus-resumable', TUS_VERSION)
  })
  app.addHook('preValidation', async request => {
    if (request.method !== 'OPTIONS') checkVersion(request)
  })

  app.options(UPLOADS_PATH, { schema: describeUploadsSchema }, describe)
  app.options(`${UPLOADS_PATH}/:id`, { schema: { ...describeUploadsSchema, hide: true } }, describe)
  app.post(UPLOADS_PATH, { schema: createUploadSchema, config }, postUpload)
  app.head(`${UPLOADS_PATH}/:id`, { schema: getUploadSchema }, headUpload)
  app.patch(`${UPLOADS_PATH}/:id`, { schema: resumeUploadSchema, config }, answer)
  app.post(`${UPLOADS_PATH}/:id`, { schema: { ...resumeUploadSchema, hide: true }, config }, postBytes)
  app.delete(`${UPLOADS_PATH}/:id`, { schema: deleteUploadSchema }, answer)

  async function describe(_request: FastifyRequest, reply: FastifyReply) {
    const supported = {
      'tus-version': TUS_VERSION,
      'tus-extension': EXTENSIONS.join(','),
      'tus-max-size': limits.bytes,
      'tus-checksum-algorithm': CHECKSUM_ALGORITHMS,
    }
    return reply.code(204).headers(supported).send()
  }

  async function postUpload(request: FastifyRequest, reply: FastifyReply) {
    const { headers } = request
    for (const name of ['upload-defer-length', 'upload-concat'])
      if (name in headers) throw fieldProblem(`/headers/${name}`, 'is not supported')
    const length = Number(headers['upload-length'])
    if (length === 0) throw new Problem('file_empty')
    if (length > limits.bytes) throw new Problem('file_too_large', { detail: `a file may have ${limits.bytes} bytes` })
    await library.quotas.checkRoomFor(length, callerOf(request.identity))
    return answer(request, reply)
  }

  /** Appends bytes for a client that can not send PATCH. */
  async function postBytes(request: FastifyRequest, reply: FastifyReply) {
    if (request.headers['x-http-method-override'] === 'PATCH') return answer(request, reply)
    const detail = 'send PATCH, or the header X-HTTP-Method-Override: PATCH'
    throw new Problem('method_not_allowed', { detail, headers: { allow: 'HEAD, PATCH, DELETE, OPTIONS' } })
  }

  /** With all bytes stored, makes the image if that was left out: tus clients take the whole offset for success. */
  async function headUpload(request: UploadRequest, reply: FastifyReply) {
    try {
      const upload = await library.resumable.find(request.params.id, callerOf(request.identity))
      if (upload && upload.offset === upload.length) {
        const imageId = upload.imageId ?? (await completeUpload(upload, library, disconnectSignal(reply)))._id
        reply.header('upload-image', `/v1/images/${imageId}`)
      }
      return await answer(request, reply)
    } catch (error) {
      throw lasting(error)
    }
  }

  async function answer(request: FastifyRequest, reply: FastifyReply) {
    const { status, headers, image } = await exchange(request, reply, { library, limits })
    for (const [name, value] of headers) if (!OTHERS_HEADERS.test(name)) reply.header(name, value)
    if (!image) return reply.code(status).send()
    reply.code(status === 204 ? 200 : status).header('upload-image', `/v1/images/${image._id}`)
    return reply.send(wireImage(image, library.links))
  }
}

/** @throws Problem `tus_version_unsupported` */
function checkVersion({ headers }: FastifyRequest): void {
  if (headers['tus-resumable'] === TUS_VERSION) return
  throw new Problem('tus_version_unsupported', { headers: { 'tus-version': TUS_VERSION } })
}

/**
 * Returns what a HEAD request is refused with. After a 5xx tus clients would begin again with a new upload; after `upload_busy`
 * they repeat the request.
 */
function lasting(error: unknown): unknown {
  const isPassing = isUnavailable(error) || (error instanceof Problem && error.status >= 500)
  if (!isPassing) return error
  return new Problem('upload_busy', { headers: { 'retry-after': '1' }, cause: error })
}
