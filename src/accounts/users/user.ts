import { type Connection, type Model, Schema } from 'mongoose'
import type { CollectionSpec } from '../../database/collections.ts'
import { modelOf } from '../../database/model.ts'
import type { Role } from '../../http/plugins/identity.ts'
import type { Geography } from '../../http/schemas.ts'

export const usersCollection: CollectionSpec = {
  name: 'users',
  indexes: [{ key: { emailKey: 1 }, unique: true }, { key: { 'geography.country': 1 } }],
}

export interface User {
  _id: string
  email: string
  /** What makes an e-mail the same: lower case. */
  emailKey: string
  passwordHash: string
  /** How often the password was changed: sessions that proved an older one are over. */
  passwordChanges?: number
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
    passwordChanges: Number,
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

/** Accounts, newest first, or the one with an e-mail. */
export async function listUsers(
  users: Model<User>,
  email: string | undefined,
  before: string | undefined,
  limit: number,
): Promise<User[]> {
  const filter = {
    ...(email === undefined ? {} : { emailKey: emailKeyOf(email) }),
    ...(before === undefined ? {} : { _id: { $lt: before } }),
  }
  return users.find(filter).sort({ _id: -1 }).limit(limit).lean<User[]>()
}

/** What somebody changes of an account; null takes away. */
interface UserChange {
  displayName?: string | null
  geography?: Geography | null
}

/** Changes what is named, in one write. @returns the account as it is then; null when there is none */
export async function changeUser(users: Model<User>, id: string, change: UserChange): Promise<User | null> {
  const named = Object.entries(change)
  const update = {
    $set: Object.fromEntries(named.filter(([, value]) => value !== null)),
    $unset: Object.fromEntries(named.filter(([, value]) => value === null)),
  }
  return users.findOneAndUpdate({ _id: id }, update, { returnDocument: 'after' }).lean<User>()
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
