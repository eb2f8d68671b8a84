import { type Connection, type Model, Schema } from 'mongoose'
import type { CollectionSpec } from '../../database/collections.ts'
import { modelOf } from '../../database/model.ts'

export const sessionsCollection: CollectionSpec = {
  name: 'sessions',
  indexes: [{ key: { userId: 1 } }, { key: { staleAt: 1 } }, { key: { expiresAt: 1 }, expireAfterSeconds: 0 }],
}

/** The generation of a session that is over. No token names it. */
export const ENDED = -1

/** Somebody signed in somewhere: a family of refresh tokens, of which only the current generation is kept. */
export interface Session {
  /** The family. */
  _id: string
  userId: string
  generation: number
  /** How often the password had been changed when it was last proved here: an older proof is worth nothing. */
  passwordChanges: number
  userAgent?: string
  createdAt: Date
  /** When the generation last moved. */
  rotatedAt: Date
  expiresAt: Date
  /** Access tokens up to this generation are void since then. */
  staleGeneration?: number
  staleAt?: Date
}

const schema = new Schema<Session>(
  {
    _id: { type: String, required: true },
    userId: { type: String, required: true },
    generation: { type: Number, required: true },
    passwordChanges: { type: Number, required: true },
    userAgent: String,
    createdAt: { type: Date, required: true },
    rotatedAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
    staleGeneration: Number,
    staleAt: Date,
  },
  { collection: 'sessions', versionKey: false, strict: 'throw' },
)

export function sessions(connection: Connection): Model<Session> {
  return modelOf(connection, 'Session', schema)
}

/** A session as its owner sees it. */
export function wireSession({ _id, userAgent, createdAt, rotatedAt, expiresAt }: Session, currentId: string) {
  return {
    id: _id,
    current: _id === currentId,
    userAgent: userAgent ?? null,
    createdAt: createdAt.toISOString(),
    lastUsedAt: rotatedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  }
}
