import type { FastifyBaseLogger } from 'fastify'
import type { Model } from 'mongoose'
import type { Config } from '../config/config.ts'
import type { CollectionSpec } from '../database/collections.ts'
import type { Database } from '../database/connect.ts'
import { tagKey } from '../lib/tags.ts'
import { Removals, type Remover, removalsCollection } from './catalogue/removals.ts'
import { Decoder } from './decoding/decoder.ts'
import { FileLinks } from './delivery/file-links.ts'
import { type Image, images, imagesCollection, type Visibility } from './image.ts'
import type { RenditionLimits } from './renditions/rendition.ts'
import { Renditions } from './renditions/renditions.ts'
import { Blobs, blobCollections } from './storage/blobs.ts'
import { UploadIntents, uploadsCollection } from './storage/upload-intents.ts'
import { Quotas } from './upload/quotas.ts'
import { ResumableUploads, resumableUploadsCollection } from './upload/resumable/resumable-uploads.ts'
import type { UploadDeps } from './upload/upload.ts'

/** The collections of this folder. */
export const imageCollections: CollectionSpec[] = [
  imagesCollection,
  uploadsCollection,
  resumableUploadsCollection,
  removalsCollection,
  ...blobCollections,
]

/** The models and services of images. */
export interface Library extends UploadDeps {
  images: Model<Image>
  blobs: Blobs
  resumable: ResumableUploads
  links: FileLinks
  removals: Removals
  renditions: Renditions
  renditionLimits: RenditionLimits
  logger: FastifyBaseLogger
}

/**
 * Creates the services of images.
 * @param removers remove data in other parts of the service that belong to an image
 */
export function openLibrary(
  config: Config,
  { client, connection, db }: Database,
  removers: Remover[],
  logger: FastifyBaseLogger,
): Library {
  const blobs = new Blobs(db)
  const intents = new UploadIntents(client, db, blobs, config.uploadTime)
  const removals = new Removals(db, blobs, removers, logger)
  const decoder = new Decoder(config.maxImagePixels)
  const collection = db.collection<Image>('images')
  const renditions = new Renditions({ images: collection, blobs, intents, decoder, keep: config.renditionsKept })
  return {
    images: images(connection),
    blobs,
    intents,
    resumable: new ResumableUploads(client, db, blobs),
    links: new FileLinks(config.dataSecret),
    removals,
    renditions,
    renditionLimits: { sizes: config.renditionSizes, animationPixels: config.maxAnimationPixels },
    decoder,
    quotas: new Quotas(db, config.quota),
    stripMetadata: config.stripMetadata,
    logger,
  }
}

/** Returns owner and visibility of the images with these ids; ids without an image are left out. */
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

/** Returns the ids of those images that are public and, if a tag is given, have it. */
export async function listedImages({ db }: Database, ids: string[], tag?: string): Promise<Set<string>> {
  const filter = {
    _id: { $in: ids },
    visibility: 'public' as const,
    ...(tag === undefined ? {} : { tagKeys: tagKey(tag) }),
  }
  const found = await db
    .collection<Image>('images')
    .find(filter, { projection: { _id: 1 } })
    .toArray()
  return new Set(found.map(({ _id }) => _id))
}

/** Returns the ids of the images of an owner, at most `most`. */
export async function imageIdsOf({ db }: Database, ownerId: string, most: number): Promise<string[]> {
  const found = await db
    .collection<Image>('images')
    .find({ ownerId }, { projection: { _id: 1 }, limit: most })
    .toArray()
  return found.map(({ _id }) => _id)
}
