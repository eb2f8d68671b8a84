import { Problem } from '../../errors.ts'
import type { Accounts } from '../accounts.ts'
import type { RequestOrigin } from '../request-origin.ts'
import { confirmPassword } from '../sessions/sign-in.ts'

interface PasswordChange {
  currentPassword: string
  newPassword: string
}

/**
 * Changes the password of an account and ends all its sessions except the current one. The update of the account is decisive:
 * from then on sessions with a lower `passwordChanges` are void, even if the process is killed before they are ended.
 * @throws Problem `wrong_password` when the current password is wrong; `rate_limited` after too many wrong ones; `invalid_request`
 *   when the new password is not acceptable
 */
export async function changePassword(
  accounts: Accounts,
  { id, sessionId }: { id: string; sessionId: string },
  { currentPassword, newPassword }: PasswordChange,
  origin: RequestOrigin,
): Promise<void> {
  const { users, sessions, passwords, audit } = accounts
  const {
    email,
    passwordHash: oldHash,
    passwordChanges: oldChanges = 0,
  } = await confirmPassword(accounts, id, currentPassword, origin)
  const passwordHash = await passwords.choose(
    newPassword,
    email,
    { kind: 'signIn', address: origin.address },
    '/newPassword',
  )
  const passwordChanges = oldChanges + 1
  await sessions.model.updateOne({ _id: sessionId }, { passwordChanges })
  const { matchedCount } = await users.updateOne({ _id: id, passwordHash: oldHash }, { passwordHash, passwordChanges })
  if (matchedCount === 0) throw new Problem('wrong_password', { detail: 'the password was changed by another request' })
  await sessions.end({ userId: id, _id: { $ne: sessionId } })
  await audit.record({ what: 'password_changed', who: id, address: origin.address })
}
