import type { Model, QueryFilter } from 'mongoose'
import type { Identity } from '../../http/plugins/identity.ts'
import { type Image, maySee } from '../image.ts'

/** Returns those of up to 100 images that the caller may see, in the order of their ids. */
export async function listByIds(images: Model<Image>, ids: string[], identity: Identity | null): Promise<Image[]> {
  return (await inOrder(images, ids)).filter(image => maySee(image, identity))
}

/** Returns the images that have these ids and match a filter, in the order of the ids. */
export async function inOrder(images: Model<Image>, ids: string[], filter: QueryFilter<Image> = {}): Promise<Image[]> {
  const found = await images.find({ ...filter, _id: { $in: ids } }).lean<Image[]>()
  const byId = new Map(found.map(image => [image._id, image]))
  return [...new Set(ids)].flatMap(id => byId.get(id) ?? [])
}
