import type { IncomingHttpHeaders } from 'node:http'
import type { Static } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Actor, AuditTrail } from '../accounts/audit-trail.ts'
import { Problem } from '../errors.ts'
import { isFresh, matchedTags } from '../http/conditions.ts'
import { disconnectSignal } from '../http/connection/disconnect.ts'
import type { Identity } from '../http/plugins/identity.ts'
import { callerKey } from '../http/plugins/limits.ts'
import { IdParams, limitOf } from '../http/schemas.ts'
import type { App } from '../http/server.ts'
import { varyBy } from '../http/vary.ts'
import { changeImage } from './catalogue/change-image.ts'
import { deleteImage, deleteImages } from './catalogue/delete-image.ts'
import { callerOf, listImages } from './catalogue/list-images.ts'
import { originalFile, renditionFile } from './delivery/image-files.ts'
import { sendFile } from './delivery/send-file.ts'
import { type Image, mayChange, maySee } from './image.ts'
import type { Library } from './library.ts'
import type { RenditionQuery } from './renditions/rendition.ts'
import {
  changeSchema,
  deleteSchema,
  deletionsSchema,
  type fileQuery,
  fileSchema,
  getSchema,
  listSchema,
  RENDITION_PARAMETERS,
  uploadSchema,
  wireImage,
} from './schemas.ts'
import { acceptForms, FORM, type UploadLimits, uploadParts } from './upload/multipart.ts'
import { upload } from './upload/upload.ts'

/** The dependencies of the routes of images. */
interface ImageRouteParts {
  library: Library
  audit: AuditTrail
  uploadLimits: UploadLimits
}

type IdRequest = FastifyRequest<{ Params: { id: string } }>
type ChangeRequest = FastifyRequest<{ Params: { id: string }; Body: Static<typeof changeSchema.body> }>
type DeletionsRequest = FastifyRequest<{ Body: Static<typeof deletionsSchema.body> }>
type FileQuery = Static<typeof fileQuery>
type FileRequest = FastifyRequest<{ Params: { id: string }; Querystring: FileQuery }>
type ListRequest = FastifyRequest<{ Querystring: Static<typeof listSchema.querystring> }>

/** Registers the routes of images. */
export async function imageRoutes(app: App, { library, audit, uploadLimits }: ImageRouteParts) {
  const { images } = library
  const removeParts = { ...library, audit }
  acceptForms(app)

  app.post('/v1/images', { schema: uploadSchema, config: { streamed: [FORM] } }, postImage)
  // Not the automatic HEAD route: with `sha256` this one answers 404 for an empty list.
  app.head('/v1/images', { schema: { querystring: listSchema.querystring, hide: true } }, headImages)
  app.get('/v1/images', { schema: listSchema, exposeHeadRoute: false }, getImages)
  app.get('/v1/images/:id', { schema: getSchema }, getImage)
  app.patch('/v1/images/:id', { schema: changeSchema }, patchImage)
  app.delete('/v1/images/:id', { schema: deleteSchema }, deleteOne)
  app.post('/v1/images/deletions', { schema: deletionsSchema }, deleteMany)
  const file = '/v1/images/:id/file'
  // Not the automatic HEAD route, which would open the file to measure its length.
  app.head(file, { schema: { params: IdParams, querystring: fileSchema.querystring, hide: true } }, getFile)
  app.get(file, { schema: fileSchema, exposeHeadRoute: false }, getFile)

  async function postImage(request: FastifyRequest, reply: FastifyReply) {
    const parts = uploadParts(request, uploadLimits)
    const { image, isNew } = await upload(parts, callerOf(request.identity), library, disconnectSignal(reply))
    reply.code(isNew ? 201 : 200).header('etag', revisionTag(image))
    return reply.header('location', `/v1/images/${image._id}`).send(wireImage(image))
  }

  async function headImages(request: ListRequest, reply: FastifyReply) {
    const { items } = await list(request)
    if (request.query.sha256 !== undefined && items.length === 0) {
      throw new Problem('not_found', { detail: 'image not found' })
    }
    return reply.send()
  }

  async function getImages(request: ListRequest) {
    const { items, nextCursor } = await list(request)
    return { items: items.map(wireImage), nextCursor }
  }

  async function getImage(request: IdRequest, reply: FastifyReply) {
    const image = await findVisible(request.params.id, request.identity)
    const etag = revisionTag(image)
    reply.header('etag', etag).header('cache-control', 'private, no-cache')
    return isFresh(request.headers, { etag }) ? reply.code(304).send() : reply.send(wireImage(image))
  }

  async function patchImage(request: ChangeRequest, reply: FastifyReply) {
    const { _id } = await findOwn(request.params.id, request.identity)
    const image = await changeImage(images, _id, request.body, matchedRevisions(request.headers))
    return reply.header('etag', revisionTag(image)).send(wireImage(image))
  }

  async function deleteOne(request: IdRequest, reply: FastifyReply) {
    const image = await findOwn(request.params.id, request.identity)
    const revisions = matchedRevisions(request.headers)
    // Advancing the revision first makes one of several concurrent requests win.
    if (revisions) await changeImage(images, image._id, {}, revisions)
    await deleteImage(image, actorOf(request), removeParts)
    return reply.code(204).send(null)
  }

  async function deleteMany(request: DeletionsRequest) {
    return deleteImages(request.body.ids, id => findOwn(id, request.identity), actorOf(request), removeParts)
  }

  async function getFile(request: FileRequest, reply: FastifyReply) {
    const image = await findVisible(request.params.id, request.identity)
    const { download, ...query } = request.query
    const isDownload = download === '1'
    if (RENDITION_PARAMETERS.every(name => query[name] === undefined))
      return sendFile(request, reply, originalFile(image, library), isDownload)
    if (query.format === undefined) varyBy(reply, 'Accept')
    const client = { client: callerKey(request), signal: disconnectSignal(reply) }
    const rendition = await renditionFile(image, renditionQueryOf(query), request.headers.accept, library, client)
    return sendFile(request, reply, rendition, isDownload)
  }

  function list({ query, identity }: ListRequest) {
    return listImages(images, { sort: 'newest', ...query, limit: limitOf(query) }, identity)
  }

  /** @throws Problem `not_found`, also for an image that the caller may not see: its existence is private */
  async function findVisible(id: string, identity: Identity | null): Promise<Image> {
    const image = await images.findById(id).lean<Image>()
    if (!image || !maySee(image, identity)) throw new Problem('not_found', { detail: 'image not found' })
    return image
  }

  /** Returns an image that the caller may change. @throws Problem `forbidden`, or as `findVisible` does */
  async function findOwn(id: string, identity: Identity | null): Promise<Image> {
    const image = await findVisible(id, identity)
    if (!mayChange(image, identity)) {
      throw new Problem('forbidden', {
        detail: 'only the owner of the image or an account with the role admin may change or delete it',
      })
    }
    return image
  }
}

function actorOf({ identity, ip }: FastifyRequest): Actor {
  return { who: identity?.id, address: ip }
}

/** Returns the ETag of an image, its revision. */
function revisionTag({ revision }: Image): string {
  return `"${revision}"`
}

/** Returns the revisions in If-Match, without tags that can not be revisions; undefined when any revision matches. */
function matchedRevisions(headers: IncomingHttpHeaders): number[] | undefined {
  return matchedTags(headers)
    ?.filter(tag => /^"[1-9]\d*"$/.test(tag))
    .map(tag => Number(tag.slice(1, -1)))
}

/** Converts query values, which the schema has checked for digits. */
function renditionQueryOf({ width, height, dpr, quality, fit, format, background }: FileQuery): RenditionQuery {
  const number = (text: string | undefined) => (text === undefined ? undefined : Number(text))
  const numbers = { width: number(width), height: number(height), dpr: number(dpr), quality: number(quality) }
  return { ...numbers, fit, format, background }
}
