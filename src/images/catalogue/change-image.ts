import type { Model } from 'mongoose'
import { MAJORITY } from '../../database/connect.ts'
import { Problem } from '../../errors.ts'
import type { Image } from '../image.ts'

export type Changes = Partial<Pick<Image, 'altText' | 'title' | 'description' | 'tags' | 'visibility'>>

/**
 * Changes what is named, and gives the image its next revision.
 * @param revisions those it may have, where the sender says so
 * @throws Problem `precondition_failed` when it has another, `not_found` when it was just removed
 */
export async function changeImage(
  images: Model<Image>,
  imageId: string,
  { tags, ...others }: Changes,
  revisions: number[] | undefined,
): Promise<Image> {
  const set = { ...others, ...(tags ? { tags: [...new Set(tags)] } : {}), updatedAt: new Date() }
  const changed = await images
    .findOneAndUpdate(
      { _id: imageId, ...(revisions ? { revision: { $in: revisions } } : {}) },
      { $set: set, $inc: { revision: 1 } },
      { returnDocument: 'after', writeConcern: MAJORITY },
    )
    .lean<Image>()
  if (changed) return changed
  throw new Problem((await images.exists({ _id: imageId })) ? 'precondition_failed' : 'not_found')
}
