import { Problem } from '../../errors.ts'
import type { Accounts } from '../accounts.ts'
import type { RequestOrigin } from '../request-origin.ts'
import { confirmPassword } from '../sessions/sign-in.ts'

interface PasswordChange {
  currentPassword: string
  newPassword: string
}

/**
 * Changes the password of an account and ends all its sessions but the one it is changed in. One write decides: sessions that
 * have not proved the new password are worth nothing from then on, whether or not what follows is still done.
 * @throws Problem `wrong_password`, or naming what is wrong with the new one
 */
export async function changePassword(
  accounts: Accounts,
  { id, sessionId }: { id: string; sessionId: string },
  { currentPassword, newPassword }: PasswordChange,
  origin: RequestOrigin,
): Promise<void> {
  const { users, sessions, passwords, audit } = accounts
  const { passwordHash: old, passwordChanges: before = 0 } = await confirmPassword(
    accounts,
    id,
    currentPassword,
    origin,
  )
  const passwordHash = await passwords.choose(newPassword, '/newPassword')
  const passwordChanges = before + 1
  await sessions.model.updateOne({ _id: sessionId }, { passwordChanges })
  const { matchedCount } = await users.updateOne({ _id: id, passwordHash: old }, { passwordHash, passwordChanges })
  if (matchedCount === 0) throw new Problem('wrong_password', { detail: 'it has just been changed elsewhere' })
  await sessions.end({ userId: id, _id: { $ne: sessionId } })
  await audit.note({ what: 'password_changed', who: id, address: origin.address })
}
