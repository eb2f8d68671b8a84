import type { Model } from 'mongoose'
import { uuidv7 } from 'uuidv7'
import { isDuplicateKey } from '../database/connect.ts'
import { fieldProblem } from '../errors.ts'
import type { Role } from '../http/identity.ts'
import type { Passwords } from './passwords.ts'
import { emailKeyOf, type Geography, type User } from './user.ts'

export interface NewUser {
  email: string
  password: string
  displayName?: string
  geography?: Geography
}

/**
 * Makes an account. One insert: it is there whole, or not at all.
 * @throws Problem `email_taken` when the e-mail has one, in whatever case
 */
export async function signUp(
  users: Model<User>,
  passwords: Passwords,
  { email, password, ...rest }: NewUser,
  roles: Role[] = ['user'],
): Promise<User> {
  const passwordHash = await passwords.hash(password)
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

/** The operator's account: made as admin when it is not there, left as it is when it is. */
export async function ensureAdmin(
  users: Model<User>,
  passwords: Passwords,
  admin: { email: string; password: string },
): Promise<void> {
  if (await users.exists({ emailKey: emailKeyOf(admin.email) })) return
  await signUp(users, passwords, admin, ['user', 'admin']).catch(error => {
    if (error.code !== 'email_taken') throw error
  })
}
