import type { Model } from 'mongoose'
import { Problem } from '../../errors.ts'
import { ROLES, type Role } from '../../http/plugins/identity.ts'
import type { Actor, AuditTrail } from '../audit-trail.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { User } from './user.ts'

/**
 * Sets the roles of an account. Its access tokens become void; refreshing issues tokens with the new roles.
 * @throws Problem `not_found` when the account does not exist
 */
export async function setRoles(
  { users, sessions, audit }: { users: Model<User>; sessions: Sessions; audit: AuditTrail },
  whom: string,
  wanted: Role[],
  by: Actor = {},
): Promise<User> {
  const roles = ROLES.filter(role => wanted.includes(role))
  const user = await users.findOneAndUpdate({ _id: whom }, { roles }, { returnDocument: 'after' }).lean<User>()
  if (!user) throw new Problem('not_found', { detail: 'account not found' })
  await sessions.renewTokens(whom)
  await audit.record({ what: 'roles_changed', ...by, whom, roles })
  return user
}
