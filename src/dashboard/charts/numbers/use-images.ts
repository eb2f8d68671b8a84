import { useAnswer } from '../../api/answers.ts'
import { imagesById } from '../../api/resources.ts'
import type { Image } from '../../api/types.ts'

/** Reads images by their ids, at most 100. Those that the reader may not see are left out. */
export function useImages(ids: readonly string[]): Map<string, Image> {
  // In another order they are the same: a changed ranking does not read them again.
  const { data } = useAnswer(imagesById([...ids].sort()), { enabled: ids.length > 0, keep: true })
  return new Map(data?.items.map(image => [image.id, image]))
}
