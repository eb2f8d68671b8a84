import type { Database } from '../database/connect.ts'
import { Problem } from '../errors.ts'
import type { Identity } from '../http/plugins/identity.ts'
import { maySee } from './image.ts'
import { knownImages } from './library.ts'

/** Whose an image is. @throws Problem `not_found` where there is none that the caller may see */
export async function visibleImage(database: Database, id: string, caller: Identity | null): Promise<string> {
  const image = (await knownImages(database, [id])).get(id)
  if (!image || !maySee(image, caller)) throw new Problem('not_found')
  return image.ownerId
}
