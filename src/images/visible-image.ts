import type { Database } from '../database/connect.ts'
import { Problem } from '../errors.ts'
import type { Identity } from '../http/plugins/identity.ts'
import { maySee } from './image.ts'
import { knownImages } from './library.ts'

/** Returns the owner of an image. @throws Problem `not_found` when it does not exist or the caller may not see it */
export async function visibleImage(database: Database, id: string, caller: Identity | null): Promise<string> {
  const image = (await knownImages(database, [id])).get(id)
  if (!image || !maySee(image, caller)) throw new Problem('not_found', { detail: 'image not found' })
  return image.ownerId
}
