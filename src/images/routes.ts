import { Type } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../errors.ts'
import type { Identity } from '../http/identity.ts'
import { Id, IdParams, limitOf, oneOf, page, pageQuery, strict, Text, Time } from '../http/schemas.ts'
import type { App } from '../http/server.ts'
import { deliver } from './delivery.ts'
import { type Image, maySee, VISIBILITIES, wireImage } from './image.ts'
import type { Library } from './library.ts'
import { listImages } from './list.ts'
import { registerMultipart, uploadParts } from './multipart.ts'
import { upload } from './upload.ts'

const ImageSchema = Type.Object({
  id: Id,
  ownerId: Id,
  fileName: Type.String(),
  mediaType: Type.String(),
  bytes: Type.Integer(),
  width: Type.Integer(),
  height: Type.Integer(),
  sha256: Type.String(),
  placeholder: Type.String({ description: 'a thumbhash in base64' }),
  altText: Type.String(),
  title: Type.String(),
  description: Type.String(),
  tags: Type.Array(Type.String()),
  visibility: oneOf(VISIBILITIES),
  uploadedAt: Time,
  updatedAt: Time,
  links: Type.Object({ self: Type.String(), file: Type.String(), stats: Type.String() }),
})

const uploadSchema = {
  operationId: 'uploadImage',
  summary: 'Upload an image',
  description:
    'multipart/form-data, parts in any order: `file` (exactly one), altText, title, description, tags (repeatable), ' +
    'visibility, sha256. The same bytes of the same owner are one image: 200 and the existing one.',
  tags: ['images'],
  consumes: ['multipart/form-data'],
  response: { 200: ImageSchema, 201: ImageSchema },
}

const listSchema = {
  operationId: 'listImages',
  summary: 'Images by date',
  tags: ['images'],
  querystring: strict({
    ...pageQuery,
    tag: Type.Optional(Text({ minLength: 1, maxLength: 50 })),
    owner: Type.Optional(Id),
    sort: Type.Optional(oneOf(['newest', 'oldest'])),
  }),
  response: { 200: page(ImageSchema) },
}

const getSchema = {
  operationId: 'getImage',
  summary: 'What is known of an image',
  tags: ['images'],
  params: IdParams,
  response: { 200: ImageSchema },
}

const fileSchema = {
  operationId: 'getImageFile',
  summary: 'The bytes of an image',
  description: 'Honours If-None-Match, If-Modified-Since, Range (one range) and If-Range.',
  tags: ['images'],
  params: IdParams,
  response: {
    200: fileResponse('All of it'),
    206: fileResponse('The range asked for'),
    304: Type.Null({ description: 'It has not changed' }),
  },
}

function fileResponse(description: string) {
  return { description, content: { 'image/*': { schema: Type.String({ format: 'binary' }) } } }
}

export async function imageRoutes(app: App, { library, maxUploadBytes }: { library: Library; maxUploadBytes: number }) {
  await registerMultipart(app, maxUploadBytes)

  app.post('/v1/images', { schema: uploadSchema, config: { streamed: true } }, async (request, reply) => {
    const { image, isNew } = await upload(uploadParts(request), ownerOf(request.identity), library)
    const body = wireImage(image)
    return reply
      .code(isNew ? 201 : 200)
      .header('location', body.links.self)
      .send(body)
  })

  app.get('/v1/images', { schema: listSchema }, async request => {
    const { tag, owner, sort = 'newest', cursor } = request.query
    const query = { tag, owner, sort, cursor, limit: limitOf(request.query) }
    const { items, nextCursor } = await listImages(library.images, query, request.identity)
    return { items: items.map(wireImage), nextCursor }
  })

  app.get('/v1/images/:id', { schema: getSchema }, async (request, reply) => {
    const image = await findVisible(request.params.id, request.identity)
    reply.header('etag', `"${image.revision}"`).header('cache-control', 'private, no-cache')
    return wireImage(image)
  })

  const file = '/v1/images/:id/file'
  const sendFile = async (request: FastifyRequest<{ Params: { id: string } }>, reply: FastifyReply) =>
    deliver(request, reply, await findVisible(request.params.id, request.identity), library.blobs)
  // HEAD is ours: the automatic one would open the file to measure it.
  app.head(file, { schema: { params: IdParams, hide: true } }, sendFile)
  app.get(file, { schema: fileSchema, exposeHeadRoute: false }, sendFile)

  async function findVisible(id: string, identity: Identity | null): Promise<Image> {
    const image = await library.images.findById(id).lean<Image>()
    if (!image || !maySee(image, identity)) throw new Problem('not_found')
    return image
  }
}

/** Whose the upload will be: the caller's, or the key's owner's. */
function ownerOf(identity: Identity | null): string {
  if (identity === null) throw new Problem('unauthenticated')
  return identity.kind === 'user' ? identity.id : identity.ownerId
}
