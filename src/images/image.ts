import { type Connection, type Model, Schema } from 'mongoose'
import type { CollectionSpec } from '../database/collections.ts'
import { modelOf } from '../database/model.ts'
import type { Identity } from '../http/plugins/identity.ts'

export const VISIBILITIES = ['public', 'private'] as const
export type Visibility = (typeof VISIBILITIES)[number]

/** The index of an owner's images by date. */
export const OWNER_INDEX = { ownerId: 1, uploadedAt: 1, _id: 1 } as const

export const imagesCollection: CollectionSpec = {
  name: 'images',
  indexes: [
    { key: OWNER_INDEX },
    { key: { visibility: 1, uploadedAt: 1, _id: 1 } },
    { key: { visibility: 1, tags: 1, uploadedAt: 1, _id: 1 } },
    { key: { ownerId: 1, uploadedSha256: 1 }, unique: true },
    { key: { title: 'text', altText: 'text', description: 'text', tags: 'text' } },
  ],
}

export interface Image {
  _id: string
  ownerId: string
  blobId: string
  fileName: string
  mediaType: string
  bytes: number
  width: number
  height: number
  sha256: string
  /** Of what was sent: what makes an owner's upload the same. */
  uploadedSha256: string
  /** As EXIF counts; width and height are as it is looked at. */
  orientation: number
  animated: boolean
  hasAlpha: boolean
  camera?: string
  takenAt?: Date
  /** A thumbhash in base64. */
  placeholder: string
  altText: string
  title: string
  description: string
  tags: string[]
  visibility: Visibility
  revision: number
  uploadedAt: Date
  updatedAt: Date
}

const text = { type: String, required: false, default: '' }
const needed = { type: String, required: true } as const

const schema = new Schema<Image>(
  {
    _id: needed,
    ownerId: needed,
    blobId: needed,
    fileName: text,
    mediaType: needed,
    bytes: { type: Number, required: true },
    width: { type: Number, required: true },
    height: { type: Number, required: true },
    sha256: needed,
    uploadedSha256: needed,
    orientation: { type: Number, required: true },
    animated: { type: Boolean, required: true },
    hasAlpha: { type: Boolean, required: true },
    camera: String,
    takenAt: Date,
    placeholder: needed,
    altText: text,
    title: text,
    description: text,
    tags: { type: [String], required: true },
    visibility: { type: String, enum: VISIBILITIES, required: true },
    revision: { type: Number, required: true },
    uploadedAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
  },
  { collection: 'images', versionKey: false, strict: 'throw' },
)

export function images(connection: Connection): Model<Image> {
  return modelOf(connection, 'Image', schema)
}

/** Public images: anybody. Private ones: their owner, admins, and keys that upload for the owner. */
export function maySee(image: Pick<Image, 'ownerId' | 'visibility'>, identity: Identity | null): boolean {
  if (image.visibility === 'public') return true
  if (identity === null) return false
  if (identity.kind === 'user') return identity.id === image.ownerId || identity.roles.includes('admin')
  return identity.ownerId === image.ownerId && identity.scopes.includes('images:write')
}

/** Who may change an image and take it away. */
export function mayChange({ ownerId }: Pick<Image, 'ownerId'>, identity: Identity | null): boolean {
  return identity?.kind === 'user' && (identity.id === ownerId || identity.roles.includes('admin'))
}
