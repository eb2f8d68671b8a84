import { Type } from '@fastify/type-provider-typebox'
import { Id, IdParams, oneOf, page, pageQuery, strict, Text, Time } from '../http/schemas.ts'
import { type Image, VISIBILITIES } from './image.ts'
import { FITS, FORMATS } from './renditions/rendition.ts'
import { UploadForm } from './upload/upload-form.ts'

const tags = ['images']

const ImageSchema = Type.Object({
  id: Id,
  ownerId: Id,
  fileName: Type.String(),
  mediaType: Type.String(),
  bytes: Type.Integer(),
  width: Type.Integer({ description: 'in pixels, as it is looked at' }),
  height: Type.Integer(),
  orientation: Type.Integer({ description: 'of the stored pixels, as EXIF counts: 1 is upright' }),
  animated: Type.Boolean(),
  camera: Type.Optional(Type.String({ description: 'maker and model, where the file says so' })),
  takenAt: Type.Optional(Type.String({ ...Time, description: 'by its clock; as UTC where the file names no offset' })),
  sha256: Type.String({ description: 'of the stored bytes' }),
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

/** An image as it goes over the wire. */
export function wireImage({
  _id,
  blobId: _blobId,
  uploadedSha256: _uploadedSha256,
  hasAlpha: _hasAlpha,
  revision: _revision,
  takenAt,
  uploadedAt,
  updatedAt,
  ...rest
}: Image) {
  const self = `/v1/images/${_id}`
  return {
    id: _id,
    ...rest,
    ...(takenAt ? { takenAt: takenAt.toISOString() } : {}),
    uploadedAt: uploadedAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    links: { self, file: `${self}/file`, stats: `${self}/stats` },
  }
}

export const uploadSchema = {
  operationId: 'uploadImage',
  summary: 'Upload an image',
  description:
    'multipart/form-data, parts in any order: `file` (exactly one), altText, title, description, tags (repeatable), ' +
    'visibility, sha256. The same bytes of the same owner are one image: 200 and the existing one.',
  tags,
  consumes: ['multipart/form-data'],
  response: { 200: ImageSchema, 201: ImageSchema },
}

export const listSchema = {
  operationId: 'listImages',
  summary: 'Images by date',
  description:
    '`q` looks for words in titles, descriptions and tags, and gives the best 1,000 hits by date. `sha256` is of what was ' +
    'sent and finds my own (with `owner` both must hold); a HEAD request with it answers 404 when I have not uploaded those bytes.',
  tags,
  querystring: strict({
    ...pageQuery,
    tag: Type.Optional(Text({ minLength: 1, maxLength: 50 })),
    owner: Type.Optional(Id),
    q: Type.Optional(Text({ minLength: 1, maxLength: 200 })),
    sha256: Type.Optional(Type.String({ pattern: '^[0-9a-fA-F]{64}$' })),
    sort: Type.Optional(oneOf(['newest', 'oldest'])),
  }),
  response: { 200: page(ImageSchema) },
}

export const getSchema = {
  operationId: 'getImage',
  summary: 'What is known of an image',
  description: 'Its ETag is its revision, for If-None-Match here and If-Match where it is changed or deleted.',
  tags,
  params: IdParams,
  response: { 200: ImageSchema, 304: Type.Null({ description: 'It has not changed' }) },
}

const { sha256: _sha256, ...fields } = UploadForm.properties

export const changeSchema = {
  operationId: 'changeImage',
  summary: 'Change what is said of an image, or who may see it',
  description: 'With If-Match only that revision is changed, else 412. What is left out stays as it is.',
  tags,
  params: IdParams,
  body: Type.Object(fields, { additionalProperties: false, minProperties: 1 }),
  response: { 200: ImageSchema },
}

export const deleteSchema = {
  operationId: 'deleteImage',
  summary: 'Delete an image and all that belongs to it',
  description: 'With If-Match only that revision is deleted, else 412.',
  tags,
  params: IdParams,
  response: { 204: Type.Null({ description: 'Nobody sees it any more' }) },
}

export const deletionsSchema = {
  operationId: 'deleteImages',
  summary: 'Delete many images',
  tags,
  body: strict({ ids: Type.Array(Id, { minItems: 1, maxItems: 100, uniqueItems: true }) }),
  response: {
    200: Type.Object({
      deleted: Type.Array(Id),
      failed: Type.Array(Type.Object({ id: Id, code: Type.String(), detail: Type.String() })),
    }),
  },
}

const Pixels = Type.String({ pattern: '^[1-9][0-9]{0,4}$', description: 'in pixels; snaps up to a configured size' })

export const fileQuery = strict({
  width: Type.Optional(Pixels),
  height: Type.Optional(Pixels),
  fit: Type.Optional(oneOf(FITS)),
  format: Type.Optional(oneOf(FORMATS)),
})

export const fileSchema = {
  operationId: 'getImageFile',
  summary: 'The bytes of an image, or a rendition',
  description:
    'Honours If-None-Match, If-Modified-Since, Range (one range) and If-Range. With width, height, fit or format it is a ' +
    'rendition: upright, without metadata, its first page, never larger than the image; `inside` is the default, `cover` ' +
    'cuts to both sides. Without a format Accept decides: WebP or AVIF where it names them, else JPEG, or PNG for what is ' +
    'transparent.',
  tags,
  params: IdParams,
  querystring: fileQuery,
  response: {
    200: fileResponse('All of it'),
    206: fileResponse('The range asked for'),
    304: Type.Null({ description: 'It has not changed' }),
  },
}

function fileResponse(description: string) {
  return { description, content: { 'image/*': { schema: Type.String({ format: 'binary' }) } } }
}
