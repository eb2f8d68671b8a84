import type { Model } from 'mongoose'
import type { Config } from '../config.ts'
import type { CollectionSpec } from '../database/collections.ts'
import type { Database } from '../database/connect.ts'
import type { App } from '../http/server.ts'
import { type AccessTokens, registerAccessTokens } from './access-token.ts'
import { type ApiKey, keys, keysCollection } from './api-key.ts'
import { Passwords } from './passwords.ts'
import { ensureAdmin } from './sign-up.ts'
import { type User, users, usersCollection } from './user.ts'

export const accountCollections: CollectionSpec[] = [usersCollection, keysCollection]

/** What accounts are made of. */
export interface Accounts {
  users: Model<User>
  keys: Model<ApiKey>
  passwords: Passwords
  tokens: AccessTokens
}

/** Opens the accounts, with the operator's own among them. */
export async function openAccounts(app: App, config: Config, { connection }: Database): Promise<Accounts> {
  const accounts = {
    users: users(connection),
    keys: keys(connection),
    passwords: new Passwords(config.bcryptCost),
    tokens: await registerAccessTokens(app, config.jwtSecret),
  }
  app.addHook('onClose', () => accounts.passwords.close())
  if (config.admin) await ensureAdmin(accounts.users, accounts.passwords, config.admin)
  return accounts
}

/** Which of these are accounts. */
export async function knownUsers({ db }: Database, ids: string[]): Promise<Map<string, true>> {
  const found = db.collection<User>('users').find({ _id: { $in: ids } }, { projection: { _id: 1 } })
  const known = new Map<string, true>()
  for await (const { _id } of found) known.set(_id, true)
  return known
}
