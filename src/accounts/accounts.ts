import type { Model } from 'mongoose'
import type { Config } from '../config/config.ts'
import type { CollectionSpec } from '../database/collections.ts'
import type { Database } from '../database/connect.ts'
import type { App } from '../http/server.ts'
import { keyedHash } from '../lib/keyed-hash.ts'
import { type ApiKey, keys, keysCollection } from './api-keys/api-key.ts'
import { AuditTrail, auditCollection } from './audit-trail.ts'
import { type AccessTokens, registerAccessTokens } from './sessions/access-token.ts'
import { sessionsCollection } from './sessions/session.ts'
import { Sessions } from './sessions/sessions.ts'
import { attemptsCollection, SignInAttempts } from './sessions/sign-in-attempts.ts'
import { openSetup, type Setup } from './setup/setup.ts'
import { Passwords } from './users/passwords.ts'
import { ensureAdmin } from './users/sign-up.ts'
import { type User, users, usersCollection } from './users/user.ts'

export const accountCollections: CollectionSpec[] = [
  usersCollection,
  sessionsCollection,
  attemptsCollection,
  keysCollection,
  auditCollection,
]

/** The models and services of accounts. */
export interface Accounts {
  users: Model<User>
  keys: Model<ApiKey>
  passwords: Passwords
  attempts: SignInAttempts
  tokens: AccessTokens
  sessions: Sessions
  audit: AuditTrail
  setup: Setup
}

/** Creates the services of accounts, and the configured admin account if it does not exist. */
export async function openAccounts(app: App, config: Config, database: Database): Promise<Accounts> {
  const { connection, db } = database
  const tokens = await registerAccessTokens(app, config.tokenKeys)
  const accounts = {
    users: users(connection),
    keys: keys(connection),
    passwords: new Passwords(config.bcryptCost),
    attempts: new SignInAttempts(db, keyedHash(config.dataSecret, 'attempts'), config.signInPause),
    tokens,
    sessions: new Sessions(connection, tokens, keyedHash(config.dataSecret, 'refreshTokens')),
    audit: new AuditTrail(db, keyedHash(config.dataSecret, 'pseudonyms'), app.log),
    setup: openSetup(config, database),
  }
  const { revoked } = accounts.sessions
  await revoked.read()
  revoked.start(app.log)
  app.addHook('onClose', async () => {
    revoked.stop()
    await accounts.passwords.close()
  })
  if (config.admin) await ensureAdmin(accounts.users, accounts.passwords, config.admin)
  return accounts
}

/** Returns those of the ids that are accounts, with their geography. */
export async function knownUsers({ db }: Database, ids: string[]): Promise<Map<string, Pick<User, 'geography'>>> {
  const found = db.collection<User>('users').find({ _id: { $in: ids } }, { projection: { geography: 1 } })
  const known = new Map<string, Pick<User, 'geography'>>()
  for await (const { _id, geography } of found) known.set(_id, geography ? { geography } : {})
  return known
}

/** Returns the display names of those of the ids that are accounts with one. */
export async function displayNames({ db }: Database, ids: string[]): Promise<Map<string, string>> {
  const filter = { _id: { $in: [...new Set(ids)] }, displayName: { $exists: true } }
  const found = db.collection<User>('users').find(filter, { projection: { displayName: 1 } })
  const names = new Map<string, string>()
  for await (const { _id, displayName } of found) if (displayName !== undefined) names.set(_id, displayName)
  return names
}
