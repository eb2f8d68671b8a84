import { type Connection, type Model, Schema } from 'mongoose'
import type { CollectionSpec } from '../../database/collections.ts'
import { modelOf } from '../../database/model.ts'

export const sessionsCollection: CollectionSpec = {
  name: 'sessions',
  indexes: [{ key: { userId: 1 } }, { key: { staleAt: 1 } }, { key: { expiresAt: 1 }, expireAfterSeconds: 0 }],
}

/** The generation of an ended session. No token has it. */
export const ENDED = -1

/** A session of an account: a family of refresh tokens, of which the document stores the current generation. */
export interface Session {
  /** Id of the session and of its family of refresh tokens. */
  _id: string
  userId: string
  generation: number
  /** `passwordChanges` of the account when the password was last entered; the session is void when it is lower. */
  passwordChanges: number
  userAgent?: string
  createdAt: Date
  /** When the password was entered again; at first with the sign-in. */
  confirmedAt?: Date
  /** When the refresh token was last rotated. */
  rotatedAt: Date
  expiresAt: Date
  /** Access tokens up to this generation are revoked since `staleAt`. */
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
    confirmedAt: Date,
    rotatedAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
    staleGeneration: Number,
    staleAt: Date,
  },
  { collection: 'sessions', versionKey: false, strict: 'throw' },
)

/** Returns the model of sessions. */
export function sessions(connection: Connection): Model<Session> {
  return modelOf(connection, 'Session', schema)
}

/** Returns a session in the form of the API. */
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
