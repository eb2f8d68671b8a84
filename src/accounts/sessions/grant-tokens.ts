import { Problem } from '../../errors.ts'
import type { Accounts } from '../accounts.ts'
import type { User } from '../users/user.ts'
import type { Session } from './session.ts'
import type { Grant } from './sessions.ts'

/**
 * Issues tokens for a session, with the current roles of its account. The account is read after the session was written, so a
 * concurrent revocation either finds the session or is visible in the account.
 * @throws Problem `unauthenticated` when the account no longer exists or its password has changed; then the session is ended
 */
export async function grantTokens({ users, sessions }: Accounts, session: Session): Promise<Grant> {
  const user = await users.findById(session.userId).lean<User>()
  if (user && session.passwordChanges >= (user.passwordChanges ?? 0)) return sessions.tokens(session, user.roles)
  await sessions.end({ _id: session._id })
  throw new Problem('unauthenticated', { detail: 'the account no longer exists, or its password was changed' })
}
