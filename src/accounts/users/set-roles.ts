import { Problem } from '../../errors.ts'
import { ROLES, type Role } from '../../http/plugins/identity.ts'
import type { Accounts } from '../accounts.ts'
import { endKeysBeyond } from '../api-keys/end-keys.ts'
import type { Actor } from '../audit-trail.ts'
import type { User } from './user.ts'

/**
 * Sets the roles of an account. Its access tokens become void; refreshing issues tokens with the new roles. API keys that it made with
 * scopes beyond its roles end.
 * @param by who sets them, for the audit trail
 * @returns the changed account
 * @throws Problem `not_found` when the account does not exist
 */
export async function setRoles(
  { users, keys, sessions, audit }: Pick<Accounts, 'users' | 'keys' | 'sessions' | 'audit'>,
  userId: string,
  newRoles: Role[],
  by: Actor = {},
): Promise<User> {
  const roles = ROLES.filter(role => newRoles.includes(role))
  const user = await users.findOneAndUpdate({ _id: userId }, { roles }, { returnDocument: 'after' }).lean<User>()
  if (!user) throw new Problem('not_found', { detail: 'account not found' })
  await sessions.renewTokens(userId)
  await audit.record({ what: 'roles_changed', ...by, whom: userId, roles })
  await endKeysBeyond(roles, userId, { keys, audit }, by)
  return user
}
