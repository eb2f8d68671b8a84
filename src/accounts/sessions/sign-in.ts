import { Problem } from '../../errors.ts'
import type { Accounts } from '../accounts.ts'
import type { RequestOrigin } from '../request-origin.ts'
import type { HashClient } from '../users/passwords.ts'
import { emailKeyOf, type User } from '../users/user.ts'
import { grantTokens } from './grant-tokens.ts'
import type { Grant } from './sessions.ts'

/**
 * Signs in with e-mail and password.
 * @throws Problem `wrong_credentials`, after the same time whether or not the account exists; `rate_limited` after too many
 *   failed attempts
 */
export async function signIn(
  accounts: Accounts,
  { email, password }: { email: string; password: string },
  { address, userAgent }: RequestOrigin,
): Promise<Grant> {
  const { users, passwords, attempts, audit, sessions } = accounts
  const emailKey = emailKeyOf(email)
  const user = await users.findOne({ emailKey }).lean<User>()
  const claimant = { emailKey, address }
  const client: HashClient = { kind: 'signIn', address }
  const isRight = await attempts.guard(claimant, () => passwords.matches(password, user?.passwordHash, client))
  await audit.record({ what: isRight ? 'signed_in' : 'sign_in_failed', who: user?._id, address })
  if (!user || !isRight) throw new Problem('wrong_credentials')
  await renewHash(accounts, user, password, client)
  return grantTokens(accounts, await sessions.open(user, userAgent))
}

/**
 * Checks the password of a signed-in account.
 * @returns the account
 * @throws Problem `wrong_password`; `rate_limited` after too many failed attempts; `unauthenticated` when the account no longer
 *   exists
 */
export async function confirmPassword(
  { users, passwords, attempts, audit }: Accounts,
  userId: string,
  password: string,
  { address }: RequestOrigin,
): Promise<User> {
  const user = await users.findById(userId).lean<User>()
  if (!user) throw new Problem('unauthenticated', { detail: 'the account no longer exists' })
  const claimant = { emailKey: user.emailKey, address }
  const client: HashClient = { kind: 'signIn', address }
  const isRight = await attempts.guard(claimant, () => passwords.matches(password, user.passwordHash, client))
  if (!isRight) {
    await audit.record({ what: 'password_refused', who: userId, address })
    throw new Problem('wrong_password')
  }
  return user
}

/** Hashes the password again when the configured cost has changed. It may fail: the next sign-in tries again. */
async function renewHash(
  { users, passwords }: Accounts,
  user: User,
  password: string,
  client: HashClient,
): Promise<void> {
  const { _id, passwordHash } = user
  if (!passwords.isOutdated(passwordHash)) return
  const renewed = await passwords.hash(password, client).catch(() => passwordHash)
  await users.updateOne({ _id, passwordHash }, { passwordHash: renewed })
}
