import type { IncomingHttpHeaders } from 'node:http'
import type { Static } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Actor, AuditTrail } from '../accounts/audit-trail.ts'
import { Problem } from '../errors.ts'
import { isFresh, matchedTags } from '../http/conditions.ts'
import { disconnectSignal } from '../http/connection/disconnect.ts'
import { limitOf } from '../http/schemas.ts'
import type { App } from '../http/server.ts'
import { changeImage } from './catalogue/change-image.ts'
import { deleteImage, deleteImages } from './catalogue/delete-image.ts'
import { findOwn, findVisible } from './catalogue/find-image.ts'
import { listByIds } from './catalogue/list-by-ids.ts'
import { listByNumbers, type NumbersOf } from './catalogue/list-by-numbers.ts'
import { callerOf, listImages } from './catalogue/list-images.ts'
import { isByNumber, refuseCombinations } from './catalogue/list-rules.ts'
import { fileRoutes } from './delivery/file-routes.ts'
import type { Image } from './image.ts'
import type { Library } from './library.ts'
import {
  changeSchema,
  deleteSchema,
  deletionsSchema,
  getSchema,
  listSchema,
  uploadSchema,
  wireImage,
} from './schemas.ts'
import type { UploadLimits } from './upload/arriving-body.ts'
import { acceptForms, FORM, uploadParts } from './upload/multipart.ts'
import { resumableRoutes } from './upload/resumable/routes.ts'
import { upload } from './upload/upload.ts'

/** The dependencies of the routes of images. */
interface ImageRouteParts {
  library: Library
  audit: AuditTrail
  uploadLimits: UploadLimits
  numbersOf: NumbersOf
}

interface ImageList {
  items: (Image & { value?: number | null })[]
  nextCursor: string | null
}

type IdRequest = FastifyRequest<{ Params: { id: string } }>
type ChangeRequest = FastifyRequest<{ Params: { id: string }; Body: Static<typeof changeSchema.body> }>
type DeletionsRequest = FastifyRequest<{ Body: Static<typeof deletionsSchema.body> }>
type ListRequest = FastifyRequest<{ Querystring: Static<typeof listSchema.querystring> }>

/** Registers the routes of images. */
export async function imageRoutes(app: App, { library, audit, uploadLimits, numbersOf }: ImageRouteParts) {
  const { images, links } = library
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
  await app.register(fileRoutes, { library })
  await app.register(resumableRoutes, { library, limits: uploadLimits })

  async function postImage(request: FastifyRequest, reply: FastifyReply) {
    const parts = uploadParts(request, uploadLimits)
    const { image, isNew } = await upload(parts, callerOf(request.identity), library, disconnectSignal(reply))
    reply.code(isNew ? 201 : 200).header('etag', revisionTag(image))
    return reply.header('location', `/v1/images/${image._id}`).send(wireImage(image, links))
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
    return { items: items.map(image => wireImage(image, links)), nextCursor }
  }

  async function getImage(request: IdRequest, reply: FastifyReply) {
    const image = await findVisible(images, request.params.id, request.identity)
    const etag = revisionTag(image)
    reply.header('etag', etag).header('cache-control', 'private, no-cache')
    // The answer for a private image has a link that expires.
    const isSame = image.visibility === 'public' && isFresh(request.headers, { etag })
    return isSame ? reply.code(304).send() : reply.send(wireImage(image, links))
  }

  async function patchImage(request: ChangeRequest, reply: FastifyReply) {
    const { _id } = await findOwn(images, request.params.id, request.identity)
    const image = await changeImage(images, _id, request.body, matchedRevisions(request.headers))
    return reply.header('etag', revisionTag(image)).send(wireImage(image, links))
  }

  async function deleteOne(request: IdRequest, reply: FastifyReply) {
    const image = await findOwn(images, request.params.id, request.identity)
    const revisions = matchedRevisions(request.headers)
    // Advancing the revision first makes one of several concurrent requests win.
    if (revisions) await changeImage(images, image._id, {}, revisions)
    await deleteImage(image, actorOf(request), removeParts)
    return reply.code(204).send(null)
  }

  async function deleteMany(request: DeletionsRequest) {
    return deleteImages(request.body.ids, id => findOwn(images, id, request.identity), actorOf(request), removeParts)
  }

  async function list({ query, identity }: ListRequest): Promise<ImageList> {
    refuseCombinations(query)
    const { ids, window = 'all', sort = 'newest', ...filters } = query
    if (ids !== undefined) return { items: await listByIds(images, ids.split(','), identity), nextCursor: null }
    const pageQuery = { ...filters, limit: limitOf(query) }
    if (isByNumber(sort)) return listByNumbers(images, () => numbersOf(sort, window), pageQuery, identity)
    return listImages(images, { ...pageQuery, sort }, identity)
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
