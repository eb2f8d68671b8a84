import type { Actor, AuditTrail } from '../../accounts/audit-trail.ts'
import { type ErrorCode, Problem } from '../../errors.ts'
import type { Image } from '../image.ts'
import type { Library } from '../library.ts'

/** The dependencies of a deletion. */
interface RemoveParts extends Pick<Library, 'removals' | 'logger'> {
  audit: AuditTrail
}

/** Result of a deletion of several images. */
interface Deletions {
  deleted: string[]
  failed: { id: string; code: ErrorCode; detail: string }[]
}

/** Deletes an image and records it in the audit trail. The caller must have checked the permission. */
export async function deleteImage(image: Image, by: Actor, { removals, audit }: RemoveParts): Promise<void> {
  await removals.remove(image)
  await audit.record({ what: 'image_deleted', ...by, thing: image._id })
}

/**
 * Deletes images one by one; a failure does not stop the others.
 * @param find returns an image that the caller may delete, or throws the Problem
 * @returns the ids of the deleted images, and the problem of each other one
 */
export async function deleteImages(
  ids: string[],
  find: (id: string) => Promise<Image>,
  by: Actor,
  parts: RemoveParts,
): Promise<Deletions> {
  const result: Deletions = { deleted: [], failed: [] }
  for (const id of ids) {
    try {
      await deleteImage(await find(id), by, parts)
      result.deleted.push(id)
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem('unavailable', { cause: error })
      if (problem !== error) parts.logger.error({ err: error, imageId: id }, 'deleting an image failed')
      result.failed.push({ id, code: problem.code, detail: problem.message })
    }
  }
  return result
}
