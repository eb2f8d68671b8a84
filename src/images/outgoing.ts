import type { Outgoing } from './delivery.ts'
import type { Image } from './image.ts'
import type { Library } from './library.ts'
import { type RenditionQuery, renditionOf } from './rendition.ts'

/** The bytes that are stored, as a file to send. */
export function originalFile(image: Image): Outgoing {
  const { blobId, bytes, sha256, mediaType, fileName, visibility, uploadedAt } = image
  return { blobId, bytes, sha256, mediaType, fileName, visibility, changed: uploadedAt }
}

/** A rendition as a file to send; it is made if there is none yet. */
export async function renditionFile(
  image: Image,
  query: RenditionQuery,
  accept: string | undefined,
  { renditions, renditionSizes }: Pick<Library, 'renditions' | 'renditionSizes'>,
): Promise<Outgoing> {
  const rendition = renditionOf(query, accept, image, renditionSizes)
  const { _id, length, metadata, uploadDate } = await renditions.get(image, rendition)
  return {
    blobId: _id,
    bytes: length,
    sha256: metadata.sha256 ?? _id,
    mediaType: `image/${rendition.format}`,
    fileName: renamed(image.fileName, rendition.format),
    visibility: image.visibility,
    changed: uploadDate,
  }
}

/** The name with the extension of what it is now. */
function renamed(fileName: string, format: string): string {
  return fileName === '' ? '' : `${fileName.replace(/\.[^.]*$/, '')}.${format}`
}
