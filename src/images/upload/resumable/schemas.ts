import { Type } from '@fastify/type-provider-typebox'
import { IdParams } from '../../../http/schemas.ts'
import { describedPattern } from '../../../lib/patterns.ts'
import { ImageSchema } from '../../schemas.ts'
import { OFFSET_STREAM } from './tus-exchange.ts'

const tags = ['images']

const Count = Type.String({ pattern: describedPattern('^(0|[1-9][0-9]{0,14})$', 'must be a number of bytes') })
const version = { 'tus-resumable': Type.Optional(Type.String({ description: '1.0.0' })) }
const checksum = {
  'upload-checksum': Type.Optional(
    Type.String({ description: 'of the body: sha1 or sha256, a space and the hash in base64' }),
  ),
}
const Nothing = Type.Null({ description: 'The answer is in the headers' })

export const createUploadSchema = {
  operationId: 'createUpload',
  summary: 'Begin a resumable upload (tus 1.0)',
  description:
    'For tus-js-client, Uppy and other clients of tus 1.0, with the extensions creation, creation-with-upload, checksum, expiration ' +
    'and termination. `Upload-Metadata` may have the fields of an upload (altText, title, description, tags separated by commas, ' +
    'visibility, sha256), filename and filetype. The answer has the address of the upload in `Location`; it expires after a day. With ' +
    'a body of type application/offset+octet-stream that is the whole file, the answer has the image.',
  tags,
  consumes: [OFFSET_STREAM],
  headers: Type.Object({
    ...version,
    ...checksum,
    'upload-length': Count,
    'upload-metadata': Type.Optional(Type.String()),
  }),
  response: { 201: ImageSchema },
}

export const resumeUploadSchema = {
  operationId: 'resumeUpload',
  summary: 'Send further bytes of a resumable upload (tus 1.0)',
  description:
    'Appends the body at `Upload-Offset`; of a request that is cut off, the bytes that have arrived are kept. The last byte makes the image, ' +
    'under the same rules as `POST /v1/images`: the answer has the image, and its address in `Upload-Image`. A file that is refused ends ' +
    'the upload.',
  tags,
  params: IdParams,
  consumes: [OFFSET_STREAM],
  headers: Type.Object({ ...version, ...checksum, 'upload-offset': Count }),
  response: { 200: ImageSchema, 204: Nothing },
}

export const getUploadSchema = {
  operationId: 'getUpload',
  summary: 'Ask for the offset of a resumable upload (tus 1.0)',
  description:
    'The answer has `Upload-Offset`, `Upload-Length` and `Upload-Metadata`, and `Upload-Image` once the image is made; it is made now if ' +
    'all bytes are stored.',
  tags,
  params: IdParams,
  headers: Type.Object(version),
  response: { 200: Nothing },
}

export const deleteUploadSchema = {
  operationId: 'deleteUpload',
  summary: 'Give up a resumable upload (tus 1.0)',
  description: 'Its bytes are removed. An image that was made of them stays.',
  tags,
  params: IdParams,
  headers: Type.Object(version),
  response: { 204: Nothing },
}

export const describeUploadsSchema = {
  operationId: 'describeUploads',
  summary: 'Ask for what the service supports of tus 1.0',
  description: 'The answer has `Tus-Version`, `Tus-Extension`, `Tus-Max-Size` and `Tus-Checksum-Algorithm`.',
  tags,
  response: { 204: Nothing },
}
