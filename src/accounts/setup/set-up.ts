import { fieldProblem, Problem } from '../../errors.ts'
import type { Accounts } from '../accounts.ts'
import { FIRST_ROLES, hashedUser, type NewUser } from '../users/sign-up.ts'
import type { User } from '../users/user.ts'

/** Whom wrong codes count for: the name of no account, since it is no e-mail. */
const NOBODY = 'setup'

/**
 * Creates the first account of a service, an admin, and trusts the address it was created from (see SignInAttempts).
 * @param address the client's address
 * @throws Problem `setup_done` when the service has an account; `forbidden` when the code is wrong; `rate_limited` after too many wrong
 *   ones; otherwise as `signUp` does
 */
export async function setUp(
  { setup, passwords, attempts, audit }: Accounts,
  { code, ...newUser }: NewUser & { code: string },
  address: string,
): Promise<User> {
  if (!(await setup.isNeeded())) throw new Problem('setup_done')
  if (!(await attempts.guard({ emailKey: NOBODY, address }, () => setup.accepts(code)))) {
    // A concurrent setup has changed the code.
    if (!(await setup.isNeeded())) throw new Problem('setup_done')
    await audit.record({ what: 'setup_refused', address })
    throw fieldProblem('/code', 'is not the code of the setup', 'forbidden')
  }
  const user = await hashedUser(passwords, newUser, { kind: 'signUp', address }, FIRST_ROLES)
  await setup.insertFirst(user)
  await attempts.trust({ emailKey: user.emailKey, address })
  await audit.record({ what: 'set_up', who: user._id, address, roles: user.roles })
  return user
}
