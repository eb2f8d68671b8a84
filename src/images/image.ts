import { type Connection, type Model, Schema } from 'mongoose'
import type { CollectionSpec } from '../database/collections.ts'
import { modelOf } from '../database/model.ts'
import type { Upgrade } from '../database/upgrade.ts'
import { type Identity, representedAccount } from '../http/plugins/identity.ts'
import { distinctTags, tagKey } from '../lib/tags.ts'

/** Who may see an image: everybody, or its owner and admins; see `maySee`. */
export const VISIBILITIES = ['public', 'private'] as const
export type Visibility = (typeof VISIBILITIES)[number]

/** The index of an owner's images by date. */
export const OWNER_INDEX = { ownerId: 1, uploadedAt: 1, _id: 1 } as const

/** The collection of images, with the indexes for lists, search and repeated uploads. */
export const imagesCollection: CollectionSpec = {
  name: 'images',
  indexes: [
    { key: OWNER_INDEX },
    { key: { visibility: 1, uploadedAt: 1, _id: 1 } },
    { key: { visibility: 1, tagKeys: 1, uploadedAt: 1, _id: 1 } },
    { key: { ownerId: 1, uploadedSha256: 1 }, unique: true },
    { key: { title: 'text', altText: 'text', description: 'text', tags: 'text' } },
  ],
}

/** An image as it is stored; its bytes are in the blob. */
export interface Image {
  _id: string
  ownerId: string
  blobId: string
  fileName: string
  mediaType: string
  bytes: number
  width: number
  height: number
  /** Hash of the stored file, in hex. */
  sha256: string
  /** Hash of the file as it was sent, before metadata were removed; unique for each owner. */
  uploadedSha256: string
  /** EXIF orientation of the stored pixels, 1 to 8; width and height are those of the upright image. */
  orientation: number
  animated: boolean
  hasAlpha: boolean
  camera?: string
  takenAt?: Date
  /** ThumbHash in base64. */
  placeholder: string
  altText: string
  title: string
  description: string
  tags: string[]
  /** What the tags are compared by, in their order (`tagKey`). */
  tagKeys: string[]
  visibility: Visibility
  /** Counts the changes, from 1. */
  revision: number
  /** Counts how often the image was set to private, from 0: links that were signed before are no longer valid. */
  linkVersion?: number
  uploadedAt: Date
  updatedAt: Date
}

const optionalString = { type: String, required: false, default: '' }
const requiredString = { type: String, required: true } as const

const schema = new Schema<Image>(
  {
    _id: requiredString,
    ownerId: requiredString,
    blobId: requiredString,
    fileName: optionalString,
    mediaType: requiredString,
    bytes: { type: Number, required: true },
    width: { type: Number, required: true },
    height: { type: Number, required: true },
    sha256: requiredString,
    uploadedSha256: requiredString,
    orientation: { type: Number, required: true },
    animated: { type: Boolean, required: true },
    hasAlpha: { type: Boolean, required: true },
    camera: String,
    takenAt: Date,
    placeholder: requiredString,
    altText: optionalString,
    title: optionalString,
    description: optionalString,
    tags: { type: [String], required: true },
    tagKeys: { type: [String], required: true },
    visibility: { type: String, enum: VISIBILITIES, required: true },
    revision: { type: Number, required: true },
    linkVersion: Number,
    uploadedAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
  },
  { collection: 'images', versionKey: false, strict: 'throw' },
)

/** Returns the fields that store tags. */
export function tagFields(tags: string[]): Pick<Image, 'tags' | 'tagKeys'> {
  const distinct = distinctTags(tags)
  return { tags: distinct, tagKeys: distinct.map(tagKey) }
}

/** Adds the keys of tags to images of earlier versions. */
export const tagKeysUpgrade: Upgrade = {
  name: 'tag keys of images',
  collection: 'images',
  outdated: { tagKeys: { $exists: false } },
  field: 'tags',
  change: tags => tagFields(tags as string[]),
}

/** Returns the model of images. */
export function images(connection: Connection): Model<Image> {
  return modelOf(connection, 'Image', schema)
}

/**
 * Whether a caller may see an image: private ones are visible to whoever stands for their owner, and to admins. Whoever has a
 * signed link may see the file of one, too (`FileLinks`).
 */
export function maySee(image: Pick<Image, 'ownerId' | 'visibility'>, identity: Identity | null): boolean {
  if (image.visibility === 'public') return true
  if (identity?.kind === 'user' && identity.roles.includes('admin')) return true
  return representedAccount(identity) === image.ownerId
}

/** Whether a caller may see the stats of an image; those of private images are for their owner, analysts and admins. */
export function maySeeStats(
  { ownerId, visibility }: Pick<Image, 'ownerId' | 'visibility'>,
  caller: Identity | null,
): boolean {
  if (visibility === 'public') return true
  if (caller?.kind !== 'user') return false
  return caller.id === ownerId || caller.roles.some(role => role === 'analyst' || role === 'admin')
}

/** Whether a caller may change or delete an image: its owner and admins may, API keys may not. */
export function mayChange({ ownerId }: Pick<Image, 'ownerId'>, identity: Identity | null): boolean {
  return identity?.kind === 'user' && (identity.id === ownerId || identity.roles.includes('admin'))
}
