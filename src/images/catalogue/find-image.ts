import type { Model } from 'mongoose'
import { Problem } from '../../errors.ts'
import type { Identity } from '../../http/plugins/identity.ts'
import { type Image, mayChange, maySee } from '../image.ts'

/** Returns the problem for an image that does not exist, or that the caller may not see: its existence is private. */
export function noImage(): Problem {
  return new Problem('not_found', { detail: 'image not found' })
}

/** Returns an image that the caller may see. @throws Problem `not_found` */
export async function findVisible(images: Model<Image>, id: string, identity: Identity | null): Promise<Image> {
  const image = await images.findById(id).lean<Image>()
  if (!image || !maySee(image, identity)) throw noImage()
  return image
}

/** Returns an image that the caller may change. @throws Problem `forbidden`, or as `findVisible` does */
export async function findOwn(images: Model<Image>, id: string, identity: Identity | null): Promise<Image> {
  const image = await findVisible(images, id, identity)
  if (!mayChange(image, identity)) {
    throw new Problem('forbidden', {
      detail: 'only the owner of the image or an account with the role admin may change or delete it',
    })
  }
  return image
}
