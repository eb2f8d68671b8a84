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

/** A comment on an image, as it is stored. */
export interface Comment {
  _id: string
  imageId: string
  userId: string
  text: string
  createdAt: Date
  /** Set until the event of the comment is in the log; until then the comment is not listed. */
  pendingSince?: Date
}

const requiredString = { type: String, required: true } as const

const schema = new Schema<Comment>(
  {
    _id: requiredString,
    imageId: requiredString,
    userId: requiredString,
    text: requiredString,
    createdAt: { type: Date, required: true },
    pendingSince: Date,
  },
  { collection: COMMENTS, versionKey: false, strict: 'throw' },
)

/** Returns the model of comments. */
export function comments(connection: Connection): Model<Comment> {
  return modelOf(connection, 'Comment', schema)
}

/** Returns the id of a comment, derived from author, image and text, so that a retry does not add a second comment. */
export function commentId(userId: string, imageId: string, text: string): string {
  const hash = createHash('sha256').update(JSON.stringify([userId, imageId, text]))
  return hash.digest('base64url').slice(0, 22)
}

/** Returns a comment in the form of the API. @param names display names by account */
export function wireComment({ _id, imageId, userId, text, createdAt }: Comment, names: Map<string, string>) {
  const displayName = names.get(userId) ?? null
  return { id: _id, imageId, userId, displayName, text, createdAt: createdAt.toISOString() }
}
