import { createHash, randomBytes } from 'node:crypto'
import { type Connection, type Model, Schema } from 'mongoose'
import type { CollectionSpec } from '../../database/collections.ts'
import { modelOf } from '../../database/model.ts'
import type { Scope } from '../../http/plugins/identity.ts'

/** Prefix of every API key, which tells it from an access token. */
export const KEY_PREFIX = 'glk_'
/** Form of an API key: text of another form is no key, without a look-up. */
export const KEY_PATTERN = new RegExp(`^${KEY_PREFIX}[A-Za-z0-9_-]{43}$`)

export const keysCollection: CollectionSpec = { name: 'keys', indexes: [{ key: { hash: 1 }, unique: true }] }

/** An API key of an app as it is stored. The key itself is not stored, only its SHA-256. */
export interface ApiKey {
  _id: string
  /** SHA-256 of the key, in hex. */
  hash: string
  name: string
  app: string
  scopes: Scope[]
  /** Origins of the web pages that may use a key of scope `events:collect`. */
  origins: string[]
  /** The account that images uploaded with this key belong to. */
  ownerId: string
  /** The admin who created it. */
  createdBy: string
  createdAt: Date
  /** Accurate to the hour. */
  lastUsedAt?: Date
  expiresAt?: Date
  revokedAt?: Date
}

const schema = new Schema<ApiKey>(
  {
    _id: { type: String, required: true },
    hash: { type: String, required: true },
    name: { type: String, required: true },
    app: { type: String, required: true },
    scopes: { type: [String], required: true },
    origins: { type: [String], required: true },
    ownerId: { type: String, required: true },
    createdBy: { type: String, required: true },
    createdAt: { type: Date, required: true },
    lastUsedAt: Date,
    expiresAt: Date,
    revokedAt: Date,
  },
  { collection: 'keys', versionKey: false, strict: 'throw' },
)

/** Returns the model of API keys. */
export function keys(connection: Connection): Model<ApiKey> {
  return modelOf(connection, 'ApiKey', schema)
}

/** Generates the text of a key from 32 random bytes. */
export function newKeyText(): string {
  return KEY_PREFIX + randomBytes(32).toString('base64url')
}

/** Returns the SHA-256 of a key, in hex. */
export function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}

/** Returns a filter for the keys that an account created or that upload for it. */
export function keysOf(person: string) {
  return { $or: [{ createdBy: person }, { ownerId: person }] }
}

/** Lists keys, newest first. @param before returns only keys with a lower id */
export async function listKeys(keys: Model<ApiKey>, before: string | undefined, limit: number): Promise<ApiKey[]> {
  const filter = before === undefined ? {} : { _id: { $lt: before } }
  return keys.find(filter).sort({ _id: -1 }).limit(limit).lean<ApiKey[]>()
}

/** Returns a key in the form of the API. */
export function wireKey({ _id, name, app, scopes, origins, ownerId, createdBy, createdAt, ...times }: ApiKey) {
  const time = (date: Date | undefined) => date?.toISOString() ?? null
  return {
    id: _id,
    name,
    app,
    scopes,
    origins,
    ownerId,
    createdBy,
    createdAt: createdAt.toISOString(),
    lastUsedAt: time(times.lastUsedAt),
    expiresAt: time(times.expiresAt),
    revokedAt: time(times.revokedAt),
  }
}
