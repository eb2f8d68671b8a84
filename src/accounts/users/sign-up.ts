import type { Model, mongo } from 'mongoose'
import { uuidv7 } from 'uuidv7'
import { configErrorFor } from '../../config/config-error.ts'
import { isDuplicateKey } from '../../database/connect.ts'
import { fieldProblem, Problem } from '../../errors.ts'
import type { Role } from '../../http/plugins/identity.ts'
import type { Geography } from '../../http/schemas.ts'
import type { AuditTrail } from '../audit-trail.ts'
import type { SignInAttempts } from '../sessions/sign-in-attempts.ts'
import { type HashClient, LOCAL, type Passwords } from './passwords.ts'
import { emailKeyOf, type User } from './user.ts'

/** Roles of the account with which a service is set up. */
export const FIRST_ROLES: Role[] = ['user', 'admin']

/** What a person says of a new account. */
export interface NewUser {
  email: string
  password: string
  displayName?: string
  geography?: Geography
}

interface SignUpParts {
  users: Model<User>
  passwords: Passwords
  attempts: SignInAttempts
  audit: AuditTrail
}

/**
 * Creates an account and trusts the address it was created from (see SignInAttempts).
 * @param address the client's address
 * @throws Problem `email_taken` when an account has this e-mail, in upper or lower case; `invalid_request` when the password is not
 *   acceptable; `unavailable` when too many passwords are queued
 */
export async function signUp(
  { users, passwords, attempts, audit }: SignUpParts,
  newUser: NewUser,
  address: string,
): Promise<User> {
  const user = await createUser(users, passwords, newUser, { kind: 'signUp', address })
  await attempts.trust({ emailKey: user.emailKey, address })
  await audit.record({ what: 'signed_up', who: user._id, address })
  return user
}

/** Creates an account with one insert, so completely or not at all. */
async function createUser(
  users: Model<User>,
  passwords: Passwords,
  newUser: NewUser,
  client: HashClient,
  roles?: Role[],
): Promise<User> {
  return insertUser(users, await hashedUser(passwords, newUser, client, roles))
}

/** Returns a new account, which is not stored yet. @throws Problem as `signUp` does because of the password */
export async function hashedUser(
  passwords: Passwords,
  { email, password, ...rest }: NewUser,
  client: HashClient,
  roles: Role[] = ['user'],
): Promise<User> {
  const passwordHash = await passwords.choose(password, email, client)
  return {
    _id: uuidv7(),
    email,
    emailKey: emailKeyOf(email),
    passwordHash,
    roles,
    ...rest,
    createdAt: new Date(),
  }
}

/** Stores a new account. @returns it @throws Problem `email_taken` when an account has its e-mail */
export async function insertUser(users: Model<User>, user: User, session?: mongo.ClientSession): Promise<User> {
  try {
    await users.create([user], session ? { session } : {})
  } catch (error) {
    if (isDuplicateKey(error)) throw fieldProblem('/email', 'an account with this e-mail exists', 'email_taken')
    throw error
  }
  return user
}

/**
 * Creates the configured admin account unless it exists; an existing one is not changed.
 * @throws ConfigError when its password is not acceptable
 */
export async function ensureAdmin(
  users: Model<User>,
  passwords: Passwords,
  admin: { email: string; password: string },
): Promise<void> {
  if (await users.exists({ emailKey: emailKeyOf(admin.email) })) return
  await createUser(users, passwords, admin, LOCAL, FIRST_ROLES).catch(error => {
    if (error.code === 'email_taken') return
    if (error instanceof Problem) configErrorFor('ADMIN_PASSWORD')(error)
    throw error
  })
}
