import type { Model } from 'mongoose'
import { uuidv7 } from 'uuidv7'
import { configErrorFor } from '../../config/config-error.ts'
import { isDuplicateKey } from '../../database/connect.ts'
import { fieldProblem, Problem } from '../../errors.ts'
import type { Role } from '../../http/plugins/identity.ts'
import type { Geography } from '../../http/schemas.ts'
import type { SignInAttempts } from '../sessions/sign-in-attempts.ts'
import type { Passwords } from './passwords.ts'
import { emailKeyOf, type User } from './user.ts'

interface NewUser {
  email: string
  password: string
  displayName?: string
  geography?: Geography
}

/**
 * Makes an account for somebody; its owner is known at that address from now on.
 * @throws Problem `email_taken` when the e-mail has one, in whatever case
 */
export async function signUp(
  { users, passwords, attempts }: { users: Model<User>; passwords: Passwords; attempts: SignInAttempts },
  newUser: NewUser,
  address: string,
): Promise<User> {
  const user = await createUser(users, passwords, newUser)
  await attempts.know({ emailKey: user.emailKey, address })
  return user
}

/** One insert: the account is there whole, or not at all. */
async function createUser(
  users: Model<User>,
  passwords: Passwords,
  { email, password, ...rest }: NewUser,
  roles: Role[] = ['user'],
): Promise<User> {
  const passwordHash = await passwords.choose(password)
  const user = {
    _id: uuidv7(),
    email,
    emailKey: emailKeyOf(email),
    passwordHash,
    roles,
    ...rest,
    createdAt: new Date(),
  }
  try {
    await users.create(user)
  } catch (error) {
    if (isDuplicateKey(error)) throw fieldProblem('/email', 'has an account already', 'email_taken')
    throw error
  }
  return user
}

/**
 * The operator's account: made as admin when it is not there, left as it is when it is.
 * @throws ConfigError when its password is none
 */
export async function ensureAdmin(
  users: Model<User>,
  passwords: Passwords,
  admin: { email: string; password: string },
): Promise<void> {
  if (await users.exists({ emailKey: emailKeyOf(admin.email) })) return
  await createUser(users, passwords, admin, ['user', 'admin']).catch(error => {
    if (error.code === 'email_taken') return
    if (error instanceof Problem) configErrorFor('ADMIN_PASSWORD')(error)
    throw error
  })
}
