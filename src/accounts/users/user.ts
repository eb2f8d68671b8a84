import { type Connection, type Model, Schema } from 'mongoose'
import type { CollectionSpec } from '../../database/collections.ts'
import { modelOf } from '../../database/model.ts'
import type { Role } from '../../http/plugins/identity.ts'
import type { Geography } from '../../http/schemas.ts'

export const usersCollection: CollectionSpec = {
  name: 'users',
  indexes: [{ key: { emailKey: 1 }, unique: true }, { key: { 'geography.country': 1 } }],
}

/** An account as it is stored. */
export interface User {
  _id: string
  email: string
  /** The e-mail in lower case; unique. */
  emailKey: string
  passwordHash: string
  /** Number of password changes: sessions with a lower number are void. */
  passwordChanges?: number
  roles: Role[]
  displayName?: string
  geography?: Geography
  createdAt: Date
  /** Changed by each upload under a quota, so that concurrent ones conflict. */
  uploads?: number
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
    uploads: Number,
  },
  { collection: 'users', versionKey: false, strict: 'throw' },
)

/** Returns the model of accounts. */
export function users(connection: Connection): Model<User> {
  return modelOf(connection, 'User', schema)
}

/** Returns the form of an e-mail by which accounts are compared. */
export function emailKeyOf(email: string): string {
  return email.toLowerCase()
}

/**
 * Lists accounts, newest first, or finds the one with an e-mail.
 * @param before returns only accounts with a lower id
 */
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

/** Changes of an account; null removes a property. */
interface UserChange {
  displayName?: string | null
  geography?: Geography | null
}

/** Changes an account in one write. @returns the changed account; null when it does not exist */
export async function changeUser(users: Model<User>, id: string, change: UserChange): Promise<User | null> {
  const properties = Object.entries(change)
  const update = {
    $set: Object.fromEntries(properties.filter(([, value]) => value !== null)),
    $unset: Object.fromEntries(properties.filter(([, value]) => value === null)),
  }
  return users.findOneAndUpdate({ _id: id }, update, { returnDocument: 'after' }).lean<User>()
}

/** Returns an account in the form of the API, without the password hash. */
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
