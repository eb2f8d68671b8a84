import { Problem } from '../../errors.ts'
import type { Accounts } from '../accounts.ts'
import type { User } from '../users/user.ts'
import type { Session } from './session.ts'
import type { Grant } from './sessions.ts'

/**
 * Gives tokens for a session, with its account's roles of now. The account is read once the session stands: what takes the tokens
 * of all sessions away from then on finds this one, and what came before is seen.
 * @throws Problem `unauthenticated` when the account is gone, or its password was changed since it was proved; the session is over then
 */
export async function grantTokens({ users, sessions }: Accounts, session: Session): Promise<Grant> {
  const user = await users.findById(session.userId).lean<User>()
  if (user && session.passwordChanges >= (user.passwordChanges ?? 0)) return sessions.tokens(session, user.roles)
  await sessions.end({ _id: session._id })
  throw new Problem('unauthenticated')
}
