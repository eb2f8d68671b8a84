import type { Model } from 'mongoose'
import { Problem } from '../../errors.ts'
import { ROLES, type Role } from '../../http/plugins/identity.ts'
import type { Actor, AuditTrail } from '../audit-trail.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { User } from './user.ts'

/**
 * Sets the roles of an account. Its access tokens become void; refreshing issues tokens with the new roles.
 * @param by who sets them, for the audit trail
 * @returns the changed account
 * @throws Problem `not_found` when the account does not exist
 */
export async function setRoles(
  { users, sessions, audit }: { users: Model<User>; sessions: Sessions; audit: AuditTrail },
  userId: string,
  newRoles: Role[],
  by: Actor = {},
): Promise<User> {
  const roles = ROLES.filter(role => newRoles.includes(role))
  const user = await users.findOneAndUpdate({ _id: userId }, { roles }, { returnDocument: 'after' }).lean<User>()
  if (!user) throw new Problem('not_found', { detail: 'account not found' })
  await sessions.renewTokens(userId)
  await audit.record({ what: 'roles_changed', ...by, whom: userId, roles })
  return user
}
