import type { FastifyBaseLogger } from 'fastify'
import type { Model } from 'mongoose'
import type { Config } from '../config.ts'
import type { CollectionSpec } from '../database/collections.ts'
import type { Database } from '../database/connect.ts'
import { Blobs, blobCollections } from './blobs.ts'
import { type Image, images, imagesCollection, type Visibility } from './image.ts'
import { Intents, uploadsCollection } from './intents.ts'
import { Sweeper } from './sweeper.ts'
import type { UploadDeps } from './upload.ts'

export const imageCollections: CollectionSpec[] = [imagesCollection, uploadsCollection, ...blobCollections]

/** What images are kept in. */
export interface Library extends UploadDeps {
  images: Model<Image>
  /** Ends the sweeping of abandoned uploads. */
  close(): Promise<void>
}

/** Opens the library and begins to sweep. */
export function openLibrary(config: Config, { client, connection, db }: Database, logger: FastifyBaseLogger): Library {
  const blobs = new Blobs(db)
  const intents = new Intents(db)
  const sweeper = new Sweeper()
  sweeper.start(intents, blobs, logger)
  return {
    client,
    images: images(connection),
    blobs,
    intents,
    maxPixels: config.maxImagePixels,
    close: () => sweeper.stop(),
  }
}

/** Whose these images are and who may see them; ids without an image are left out. */
export async function knownImages(
  { db }: Database,
  ids: string[],
): Promise<Map<string, { ownerId: string; visibility: Visibility }>> {
  const found = db
    .collection<Image>('images')
    .find({ _id: { $in: ids } }, { projection: { ownerId: 1, visibility: 1 } })
  const known = new Map<string, { ownerId: string; visibility: Visibility }>()
  for await (const { _id, ownerId, visibility } of found) known.set(_id, { ownerId, visibility })
  return known
}

/** Of some images those that everybody may see, and that have the tag where one is given. */
export async function listedImages({ db }: Database, ids: string[], tag?: string): Promise<Set<string>> {
  const filter = { _id: { $in: ids }, visibility: 'public' as const, ...(tag === undefined ? {} : { tags: tag }) }
  const found = await db
    .collection<Image>('images')
    .find(filter, { projection: { _id: 1 } })
    .toArray()
  return new Set(found.map(({ _id }) => _id))
}
