import { Problem } from '../../../errors.ts'
import type { Image } from '../../image.ts'
import type { Blobs } from '../../storage/blobs.ts'
import type { UploadPart } from '../receive-file.ts'
import { type UploadDeps, upload } from '../upload.ts'
import type { ResumableUpload, ResumableUploads } from './resumable-uploads.ts'
import { readMetadata } from './upload-metadata.ts'

/** The dependencies of resumable uploads. */
export interface ResumableDeps extends UploadDeps {
  blobs: Blobs
  resumable: ResumableUploads
}

/**
 * Makes the image of an upload whose bytes are all stored, as if they had been sent at once; or returns the one that was made.
 * Killed here, the next call makes it, or finds that the owner has it. A file that is refused ends the upload.
 * @param signal of the client that leaves
 * @throws Problem `not_found` when the image was deleted; as `upload` does
 */
export async function completeUpload(
  { _id, ownerId, imageId, ...rest }: ResumableUpload,
  deps: ResumableDeps,
  signal: AbortSignal,
): Promise<Image> {
  if (imageId !== undefined) return findImage(imageId, deps)
  try {
    const { image } = await upload(partsOf({ _id, ...rest }, deps.blobs), ownerId, deps, signal)
    await deps.resumable.complete(_id, image._id)
    return image
  } catch (error) {
    if (error instanceof Problem && error.status < 500) await deps.resumable.remove(_id)
    throw error
  }
}

async function findImage(id: string, { images }: ResumableDeps): Promise<Image> {
  const image = await images.findById(id).lean<Image>()
  if (image) return image
  throw new Problem('not_found', { detail: 'the image of this upload was deleted' })
}

/** Yields the fields and the file of an upload, like those of a form. */
async function* partsOf(
  { _id, length, metadata }: Pick<ResumableUpload, '_id' | 'length' | 'metadata'>,
  blobs: Blobs,
): AsyncGenerator<UploadPart> {
  const { fileName, fields } = readMetadata(metadata)
  for (const [name, value] of fields) yield { kind: 'field', name, value }
  yield { kind: 'file', fileName, bytes: await blobs.read(_id, 0, length) }
}
