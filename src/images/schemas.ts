import { Type } from '@fastify/type-provider-typebox'
import { Id, IdParams, oneOf, orNull, page, pageQuery, strict, Tag, Text, Time } from '../http/schemas.ts'
import { describedPattern } from '../lib/patterns.ts'
import { NUMBER_WINDOWS, NUMBERS, type NumberWindow } from './catalogue/list-by-numbers.ts'
import type { FileLinks } from './delivery/file-links.ts'
import { type Image, VISIBILITIES } from './image.ts'
import { UploadForm } from './upload/upload-form.ts'

const tags = ['images']

const IDS_PATTERN = describedPattern(
  '^[A-Za-z0-9_-]{1,64}(,[A-Za-z0-9_-]{1,64}){0,99}$',
  'must be 1 to 100 ids, separated by commas',
)

/** Schema of an image in answers. */
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
  links: Type.Object({
    self: Type.String(),
    file: Type.String({
      description:
        'of a private image: signed, needs no credentials for at least an hour; append the parameters of a rendition with `&`',
    }),
    stats: Type.String(),
  }),
})

/** Returns an image in the form of the API, for a caller who may see it; with its number in a list that is sorted by one. */
export function wireImage(image: Image & { value?: number | null }, links: FileLinks) {
  const {
    _id,
    blobId: _blobId,
    uploadedSha256: _uploadedSha256,
    hasAlpha: _hasAlpha,
    tagKeys: _tagKeys,
    revision: _revision,
    linkVersion: _linkVersion,
    takenAt,
    uploadedAt,
    updatedAt,
    ...rest
  } = image
  const self = `/v1/images/${_id}`
  return {
    id: _id,
    ...rest,
    ...(takenAt ? { takenAt: takenAt.toISOString() } : {}),
    uploadedAt: uploadedAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    links: { self, file: links.pathOf(image), stats: `${self}/stats` },
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

/** Schema of a page of images. */
export const ImagePage = page(
  Type.Object({
    ...ImageSchema.properties,
    value: Type.Optional(orNull(Type.Number({ description: 'the number that the list is sorted by' }))),
  }),
)

export const listSchema = {
  operationId: 'listImages',
  summary: 'List images by date or by a number, or get several by their ids',
  description:
    '`q` searches for words in titles, alternative texts, descriptions and tags; the best 1,000 hits are listed by date. ' +
    "`sha256`, of the file as it was sent, finds the caller's own upload, and must agree with `owner` if both are given; a " +
    'HEAD request with it answers 404 when the caller has not uploaded that file. An API key needs the scope `images:write` for it, ' +
    'and finds the images of its owner. `ids` gets those of the images that the caller may see, in this order, on one page. ' +
    '`sort` by views, likes, saves, rating or ctr needs an access token. `window` says of which time: likes, saves and ratings ' +
    'are those that stand now, and in a window only those given in it; rating and ctr are smoothed as in `GET /v1/stats/top`. ' +
    'The 10,000 images with the highest numbers of all images are sorted by the number, which is `value`; the others, and those ' +
    'without a number, follow by date, the newest first, with `value` null. A ranking is cached for ten seconds or longer and changes ' +
    'between pages: an image that moves may be on two pages or on none. While it does not change, each image is on one page.',
  tags,
  querystring: strict({
    ...pageQuery,
    tag: Type.Optional(Tag),
    owner: Type.Optional(Id),
    q: Type.Optional(Text({ minLength: 1, maxLength: 200, description: 'words to search for' })),
    sha256: Type.Optional(Type.String({ pattern: '^[0-9a-fA-F]{64}$', description: 'of the file as it was sent' })),
    ids: Type.Optional(
      Type.String({ pattern: IDS_PATTERN, description: '1 to 100 ids, separated by commas; without other parameters' }),
    ),
    sort: Type.Optional(oneOf(['newest', 'oldest', ...NUMBERS])),
    window: Type.Optional(
      Type.Unsafe<NumberWindow>({ ...oneOf(NUMBER_WINDOWS), description: 'for a sort by a number; all by default' }),
    ),
  }),
  response: { 200: ImagePage },
}

export const getSchema = {
  operationId: 'getImage',
  summary: 'Get an image',
  description:
    'The ETag is the revision of the image: send it as If-None-Match here, or as If-Match with a change or deletion. A private image ' +
    'is never answered with 304, since its `links.file` changes.',
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
    'is 412. `visibility: private` ends all signed links to the file, also when the image is private already.',
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
