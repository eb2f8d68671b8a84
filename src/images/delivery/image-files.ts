import type { Readable } from 'node:stream'
import type { DecoderClient } from '../decoding/decoder.ts'
import type { Image } from '../image.ts'
import type { Library } from '../library.ts'
import { type RenditionQuery, renditionOf } from '../renditions/rendition.ts'
import { whileImageExists } from '../while-image-exists.ts'
import type { SendableFile } from './send-file.ts'

/** Returns the original of an image as a file to send. */
export function originalFile(image: Image, library: Library): SendableFile {
  const { bytes, sha256, mediaType, fileName, uploadedAt } = image
  const open = openerOf(image, image.blobId, library)
  return { open, bytes, sha256, mediaType, fileName, changed: uploadedAt }
}

/**
 * Returns a rendition of an image as a file to send; creates it if it does not exist.
 * @param accept the Accept header, which decides when the query has no format
 * @throws Problem `unavailable` or `not_found` as `Renditions.get` does
 */
export async function renditionFile(
  image: Image,
  query: RenditionQuery,
  accept: string | undefined,
  library: Library,
  client: DecoderClient,
): Promise<SendableFile> {
  const rendition = renditionOf(query, accept, image, library.renditionLimits)
  const { _id, length, metadata, uploadDate } = await library.renditions.get(image, rendition, client)
  return {
    open: openerOf(image, _id, library),
    bytes: length,
    sha256: metadata.sha256,
    mediaType: `image/${rendition.format}`,
    fileName: renamed(image.fileName, rendition.format),
    changed: uploadDate,
  }
}

/** Returns the function that opens a blob of an image. It throws `not_found` when the image has been deleted meanwhile. */
function openerOf({ _id }: Image, blobId: string, { images, blobs }: Library): SendableFile['open'] {
  const exists = async () => (await images.exists({ _id })) !== null
  return (start, end): Promise<Readable> => whileImageExists(exists, () => blobs.read(blobId, start, end))
}

/** Replaces the extension of a file name by that of another format. */
function renamed(fileName: string, format: string): string {
  return fileName === '' ? '' : `${fileName.replace(/\.[^.]*$/, '')}.${format}`
}
