import { createHash } from 'node:crypto'
import { type Connection, type Model, Schema } from 'mongoose'
import type { CollectionSpec } from '../database/collections.ts'
import { modelOf } from '../database/model.ts'

export const COMMENTS = 'comments'

export const commentsCollection: CollectionSpec = {
  name: COMMENTS,
  indexes: [
    { key: { imageId: 1, createdAt: 1, _id: 1 } },
    { key: { userId: 1, createdAt: 1 } },
    { key: { pendingSince: 1 }, sparse: true },
  ],
}

/** What somebody wrote under an image. */
export interface Comment {
  _id: string
  imageId: string
  userId: string
  text: string
  createdAt: Date
  /** Its event may not be in the log yet: until then it is shown to nobody. */
  pendingSince?: Date
}

const needed = { type: String, required: true } as const

const schema = new Schema<Comment>(
  {
    _id: needed,
    imageId: needed,
    userId: needed,
    text: needed,
    createdAt: { type: Date, required: true },
    pendingSince: Date,
  },
  { collection: COMMENTS, versionKey: false, strict: 'throw' },
)

export function comments(connection: Connection): Model<Comment> {
  return modelOf(connection, 'Comment', schema)
}

/** The same words of the same author under the same image are one comment: sending them again, as a retry does, adds none. */
export function commentId(userId: string, imageId: string, text: string): string {
  const hash = createHash('sha256').update(JSON.stringify([userId, imageId, text]))
  return hash.digest('base64url').slice(0, 22)
}

/** A comment as it goes over the wire. */
export function wireComment({ _id, imageId, userId, text, createdAt }: Comment) {
  return { id: _id, imageId, userId, text, createdAt: createdAt.toISOString() }
}
