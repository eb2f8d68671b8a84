import type { Actor, AuditTrail } from '../../accounts/audit-trail.ts'
import { type ErrorCode, Problem } from '../../errors.ts'
import type { Image } from '../image.ts'
import type { Library } from '../library.ts'

interface RemoveParts extends Pick<Library, 'removals' | 'logger'> {
  audit: AuditTrail
}

interface Deletions {
  deleted: string[]
  failed: { id: string; code: ErrorCode; detail: string }[]
}

/** Removes an image for somebody who may, and notes who it was. */
export async function deleteImage(image: Image, by: Actor, { removals, audit }: RemoveParts): Promise<void> {
  await removals.remove(image)
  await audit.record({ what: 'image_deleted', ...by, thing: image._id })
}

/**
 * Removes one after the other; what can not be removed does not hold up the rest.
 * @param find gives an image that the caller may remove, or throws the Problem why not
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
      if (problem !== error) parts.logger.error({ err: error, imageId: id }, 'not removed')
      result.failed.push({ id, code: problem.code, detail: problem.message })
    }
  }
  return result
}
