import { Type } from '@fastify/type-provider-typebox'
import { Id, IdParams, oneOf, page, pageQuery, strict, Tag, Text, Time } from '../http/schemas.ts'
import { type Image, VISIBILITIES } from './image.ts'
import { FORMATS } from './renditions/format.ts'
import { BACKGROUNDS, type Background, FITS } from './renditions/rendition.ts'
import { UploadForm } from './upload/upload-form.ts'

const tags = ['images']

export const ImageSchema = Type.Object({
  id: Id,
  ownerId: Id,
  fileName: Type.String(),
  mediaType: Type.String(),
  bytes: Type.Integer({ description: 'size of the stored file' }),
  width: Type.Integer({ description: 'in pixels, of the upright image' }),
  height: Type.Integer({ description: 'in pixels, of the upright image' }),
  orientation: Type.Integer({ description: 'EXIF orientation of the stored pixels, 1 to 8; 1 is upright' }),
  animated: Type.Boolean(),
  camera: Type.Optional(Type.String({ description: 'maker and model, if the file contains them' })),
  takenAt: Type.Optional(
    Type.String({ ...Time, description: "by the camera's clock; UTC is assumed when the file has no offset" }),
  ),
  sha256: Type.String({ description: 'of the stored file' }),
  placeholder: Type.String({ description: 'ThumbHash in base64' }),
  altText: Type.String(),
  title: Type.String(),
  description: Type.String(),
  tags: Type.Array(Type.String()),
  visibility: oneOf(VISIBILITIES),
  uploadedAt: Time,
  updatedAt: Time,
  links: Type.Object({ self: Type.String(), file: Type.String(), stats: Type.String() }),
})

/** Returns an image in the form of the API. */
export function wireImage({
  _id,
  blobId: _blobId,
  uploadedSha256: _uploadedSha256,
  hasAlpha: _hasAlpha,
  tagKeys: _tagKeys,
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
    'The parts of the multipart/form-data body, in any order, are `file` (exactly one), altText, title, description, tags ' +
    '(repeatable), visibility and sha256; empty fields count as absent. The name of the file is taken from `filename*` (RFC 8187), ' +
    'else from `filename`. Uploading the same bytes again returns the existing image ' +
    'of the owner with 200, unchanged: the other fields of the form are ignored. Change its texts, tags or visibility with ' +
    '`PATCH /v1/images/{id}`. Unless STRIP_METADATA is `none`, the stored file lacks the metadata that are removed: its ' +
    '`bytes` and `sha256` may differ from those of the file that was sent.',
  tags,
  consumes: ['multipart/form-data'],
  response: { 200: ImageSchema, 201: ImageSchema },
}

export const listSchema = {
  operationId: 'listImages',
  summary: 'List images by date',
  description:
    '`q` searches for words in titles, alternative texts, descriptions and tags; the best 1,000 hits are listed by date. ' +
    "`sha256`, of the file as it was sent, finds the caller's own upload, and must agree with `owner` if both are given; a " +
    'HEAD request with it answers 404 when the caller has not uploaded that file. An API key needs the scope `images:write` for it, ' +
    'and finds the images of its owner.',
  tags,
  querystring: strict({
    ...pageQuery,
    tag: Type.Optional(Tag),
    owner: Type.Optional(Id),
    q: Type.Optional(Text({ minLength: 1, maxLength: 200, description: 'words to search for' })),
    sha256: Type.Optional(Type.String({ pattern: '^[0-9a-fA-F]{64}$', description: 'of the file as it was sent' })),
    sort: Type.Optional(oneOf(['newest', 'oldest'])),
  }),
  response: { 200: page(ImageSchema) },
}

export const getSchema = {
  operationId: 'getImage',
  summary: 'Get an image',
  description:
    'The ETag is the revision of the image: send it as If-None-Match here, or as If-Match with a change or deletion.',
  tags,
  params: IdParams,
  response: { 200: ImageSchema, 304: Type.Null({ description: 'The image has not changed' }) },
}

const { sha256: _sha256, ...fields } = UploadForm.properties

export const changeSchema = {
  operationId: 'changeImage',
  summary: 'Change the texts, tags or visibility of an image',
  description:
    'Changes the given properties only. With If-Match, the image is changed only if it has that revision; otherwise the answer ' +
    'is 412.',
  tags,
  params: IdParams,
  body: Type.Object(fields, { additionalProperties: false, minProperties: 1 }),
  response: { 200: ImageSchema },
}

export const deleteSchema = {
  operationId: 'deleteImage',
  summary: 'Delete an image with its feedback and comments',
  description: 'With If-Match, the image is deleted only if it has that revision; otherwise the answer is 412.',
  tags,
  params: IdParams,
  response: { 204: Type.Null({ description: 'The image is no longer visible' }) },
}

export const deletionsSchema = {
  operationId: 'deleteImages',
  summary: 'Delete up to 100 images',
  description: 'Deletes the images one by one. A failure does not stop the others and is listed in `failed`.',
  tags,
  body: strict({ ids: Type.Array(Id, { minItems: 1, maxItems: 100, uniqueItems: true }) }),
  response: {
    200: Type.Object({
      deleted: Type.Array(Id),
      failed: Type.Array(Type.Object({ id: Id, code: Type.String(), detail: Type.String() })),
    }),
  },
}

const Pixels = Type.String({ pattern: '^[1-9][0-9]{0,4}$', description: 'in pixels; rounded up to a configured size' })

/** The query parameters that make the answer a rendition. */
const renditionQuery = {
  width: Type.Optional(Pixels),
  height: Type.Optional(Pixels),
  dpr: Type.Optional(
    Type.String({
      pattern: '^([12](\\.[0-9]{1,2})?|3(\\.0{1,2})?)$',
      description: 'device pixel ratio, 1 to 3: multiplies width and height',
    }),
  ),
  fit: Type.Optional(oneOf(FITS)),
  format: Type.Optional(oneOf(FORMATS)),
  quality: Type.Optional(
    Type.String({
      pattern: '^([1-9][0-9]?|100)$',
      description: '1 to 100, 80 by default; rounded up to 50, 80 or 95. PNG has no losses.',
    }),
  ),
  background: Type.Optional(
    Type.Unsafe<Background>({
      ...oneOf(BACKGROUNDS),
      description: 'behind transparent pixels, and beside the image with `contain`',
    }),
  ),
}
export const RENDITION_PARAMETERS = Object.keys(renditionQuery) as (keyof typeof renditionQuery)[]

// Links to files get parameters of others appended, such as `utm_source`: unknown ones are ignored.
export const fileQuery = Type.Object({
  ...renditionQuery,
  download: Type.Optional(
    Type.Unsafe<'0' | '1'>({ ...oneOf(['0', '1']), description: '1: browsers save the file under its name' }),
  ),
})

export const fileSchema = {
  operationId: 'getImageFile',
  summary: 'Get the file of an image, or a rendition',
  description:
    'Supports If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since, Range (one range) and If-Range. With width, height, ' +
    'dpr, fit, format, quality or background the answer is a rendition: upright, without metadata, never enlarged, of the first page ' +
    'only. With MAX_ANIMATION_PIXELS, WebP renditions of an animated GIF or WebP are animated if its frames have no more pixels ' +
    'together. The default of fit is `inside`. With both width and height, `cover` crops the image to their ratio and `contain` ' +
    'fills up what it leaves of it; the longer side is rounded up to a configured size, and the ratio to a 240th of it. An image ' +
    'that is too small for a crop gives the largest one of that ratio. Without format, Accept decides among WebP, AVIF, JPEG and ' +
    'PNG; of equal weights WebP and AVIF come first if it names them, then JPEG, or PNG for transparent images; where the ' +
    'rendition can be animated, WebP comes first. Unknown parameters are ignored.',
  tags,
  params: IdParams,
  querystring: fileQuery,
  response: {
    200: fileResponse('The file'),
    206: fileResponse('The requested range'),
    304: Type.Null({ description: 'The image has not changed' }),
  },
}

/** Schema of an answer with the bytes of an image. */
function fileResponse(description: string) {
  return { description, content: { 'image/*': { schema: Type.String({ format: 'binary' }) } } }
}
