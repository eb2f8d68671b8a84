import { type Static, Type } from '@fastify/type-provider-typebox'
import { IdParams, oneOf, strict, Time } from '../../http/schemas.ts'
import { FORMATS } from '../renditions/format.ts'
import { BACKGROUNDS, type Background, FITS } from '../renditions/rendition.ts'

const tags = ['images']

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
/** The names of these parameters, in the order in which links have them. */
export const RENDITION_PARAMETERS = Object.keys(renditionQuery) as (keyof typeof renditionQuery)[]

// Links to files get parameters of others appended, such as `utm_source`: unknown ones are ignored.
const fileQuery = Type.Object({
  ...renditionQuery,
  download: Type.Optional(
    Type.Unsafe<'0' | '1'>({ ...oneOf(['0', '1']), description: '1: browsers save the file under its name' }),
  ),
  expires: Type.Optional(Type.String({ description: 'of a signed link: when it expires, in seconds since 1970' })),
  signature: Type.Optional(Type.String({ description: 'of a signed link' })),
})
export type FileQuery = Static<typeof fileQuery>

export const fileSchema = {
  operationId: 'getImageFile',
  summary: 'Get the file of an image, or a rendition',
  description:
    'A signed link, from `links.file` of a private image or `POST /v1/images/{id}/links`, needs no credentials. It ends when it ' +
    'expires (410), and when the image is deleted or set to private (404). ' +
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

const linkBody = strict({
  expiresInSeconds: Type.Optional(Type.Integer({ minimum: 60, maximum: 604_800, description: '3600 by default' })),
  width: Type.Optional(Type.Integer({ minimum: 1, maximum: 99_999 })),
  height: Type.Optional(Type.Integer({ minimum: 1, maximum: 99_999 })),
  dpr: Type.Optional(Type.Number({ minimum: 1, maximum: 3, description: 'rounded to hundredths' })),
  fit: Type.Optional(oneOf(FITS)),
  format: Type.Optional(oneOf(FORMATS)),
  quality: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  background: Type.Optional(oneOf(BACKGROUNDS)),
  download: Type.Optional(Type.Boolean({ description: 'browsers save the file under its name' })),
})
export type LinkBody = Static<typeof linkBody>

/** Schema of the answer with a signed link. */
export const FileLink = Type.Object({
  url: Type.String({ description: 'path and query, as in the links of an image' }),
  expiresAt: Time,
})

export const linkSchema = {
  operationId: 'createFileLink',
  summary: 'Create a link to the file of an image that works without credentials',
  description:
    'For the owner of the image and admins. With parameters of a rendition, the link is valid for this rendition only; without ' +
    'them, for the file and all its renditions: append their parameters. All links of an image end when it is deleted or set to private.',
  tags,
  params: IdParams,
  body: linkBody,
  response: { 201: FileLink },
}
