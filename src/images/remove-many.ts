import { type ErrorCode, Problem } from '../errors.ts'
import type { Image } from './image.ts'
import type { Library } from './library.ts'

export interface Deletions {
  deleted: string[]
  failed: { id: string; code: ErrorCode; detail: string }[]
}

/**
 * Removes one after the other; what can not be removed does not hold up the rest.
 * @param find gives an image that the caller may remove, or throws the Problem why not
 */
export async function removeMany(
  ids: string[],
  find: (id: string) => Promise<Image>,
  { removals, logger }: Pick<Library, 'removals' | 'logger'>,
): Promise<Deletions> {
  const result: Deletions = { deleted: [], failed: [] }
  for (const id of ids) {
    try {
      await removals.remove(await find(id))
      result.deleted.push(id)
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem('unavailable', { cause: error })
      if (problem !== error) logger.error({ err: error, imageId: id }, 'not removed')
      result.failed.push({ id, code: problem.code, detail: problem.message })
    }
  }
  return result
}
