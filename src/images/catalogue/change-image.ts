import type { Model } from 'mongoose'
import { MAJORITY } from '../../database/connect.ts'
import { Problem } from '../../errors.ts'
import { type Image, tagFields } from '../image.ts'

/** Properties that can be changed. */
export type Changes = Partial<Pick<Image, 'altText' | 'title' | 'description' | 'tags' | 'visibility'>>

/**
 * Changes an image and advances its revision by one. Tags that are the same are stored once. Setting the image to private ends its
 * signed links.
 * @param revisions the revisions that may be changed; undefined for any
 * @returns the changed image
 * @throws Problem `precondition_failed` when the image has another revision; `not_found` when it no longer exists
 */
export async function changeImage(
  images: Model<Image>,
  imageId: string,
  { tags, ...others }: Changes,
  revisions: number[] | undefined,
): Promise<Image> {
  const set = { ...others, ...(tags ? tagFields(tags) : {}), updatedAt: new Date() }
  const changed = await images
    .findOneAndUpdate(
      { _id: imageId, ...(revisions ? { revision: { $in: revisions } } : {}) },
      { $set: set, $inc: { revision: 1, ...(others.visibility === 'private' ? { linkVersion: 1 } : {}) } },
      { returnDocument: 'after', writeConcern: MAJORITY },
    )
    .lean<Image>()
  if (changed) return changed
  if (!(await images.exists({ _id: imageId }))) throw new Problem('not_found', { detail: 'image not found' })
  throw new Problem('precondition_failed', { detail: 'the revision of the image is not the one in If-Match' })
}
