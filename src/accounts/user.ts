import { type Connection, type Model, Schema } from 'mongoose'
import type { CollectionSpec } from '../database/collections.ts'
import { modelOf } from '../database/model.ts'
import type { Role } from '../http/identity.ts'

export const usersCollection: CollectionSpec = {
  name: 'users',
  indexes: [{ key: { emailKey: 1 }, unique: true }, { key: { 'geography.country': 1 } }],
}

export interface Geography {
  country: string
  region?: string
  city?: string
}

export interface User {
  _id: string
  email: string
  /** What makes an e-mail the same: lower case. */
  emailKey: string
  passwordHash: string
  roles: Role[]
  displayName?: string
  geography?: Geography
  createdAt: Date
}

const schema = new Schema<User>(
  {
    _id: { type: String, required: true },
    email: { type: String, required: true },
    emailKey: { type: String, required: true },
    passwordHash: { type: String, required: true },
    roles: { type: [String], required: true },
    displayName: String,
    geography: { type: new Schema<Geography>({ country: String, region: String, city: String }, { _id: false }) },
    createdAt: { type: Date, required: true },
  },
  { collection: 'users', versionKey: false, strict: 'throw' },
)

export function users(connection: Connection): Model<User> {
  return modelOf(connection, 'User', schema)
}

export function emailKeyOf(email: string): string {
  return email.toLowerCase()
}

/** A user as others may see it: never the hash. */
export function wireUser({ _id, email, roles, displayName, geography, createdAt }: User) {
  return {
    id: _id,
    email,
    roles,
    createdAt: createdAt.toISOString(),
    ...(displayName === undefined ? {} : { displayName }),
    ...(geography ? { geography } : {}),
  }
}
