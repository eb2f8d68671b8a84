import { Problem } from '../../errors.ts'
import type { Accounts } from '../accounts.ts'
import type { RequestOrigin } from '../request-origin.ts'
import { confirmPassword } from './sign-in.ts'

/**
 * Confirms a session by the password of its account, as a sign-in does.
 * @throws Problem as `confirmPassword` does
 */
export async function confirmSession(
  accounts: Accounts,
  { id, sessionId }: { id: string; sessionId: string },
  password: string,
  origin: RequestOrigin,
): Promise<void> {
  await confirmPassword(accounts, id, password, origin)
  await accounts.sessions.confirm(sessionId)
}

/** Checks that the password was entered recently, for acts that a stolen token must not suffice for. @throws Problem `confirmation_required` */
export async function requireConfirmation({ sessions }: Pick<Accounts, 'sessions'>, sessionId: string): Promise<void> {
  if (!(await sessions.isConfirmed(sessionId))) throw new Problem('confirmation_required')
}
