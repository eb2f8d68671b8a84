import { type Role, SCOPES, type Scope } from '../../http/plugins/identity.ts'
import type { Accounts } from '../accounts.ts'
import type { Actor } from '../audit-trail.ts'
import { revokeKey } from './revoke-key.ts'

/** Scopes that a key has only while the account that made it has one of these roles. */
const ROLES_OF_SCOPES: Partial<Record<Scope, Role[]>> = {
  'exports:read': ['analyst', 'admin'],
  'erasures:write': ['admin'],
  'metrics:read': ['admin'],
}

/**
 * Revokes the keys that an account made with scopes beyond its roles. Idempotent: after a crash, setting the roles again revokes the
 * rest.
 * @param roles the present roles of the account
 * @param by who set the roles, for the audit trail
 */
export async function endKeysBeyond(
  roles: Role[],
  userId: string,
  { keys, audit }: Pick<Accounts, 'keys' | 'audit'>,
  by: Actor,
): Promise<void> {
  const lost = SCOPES.filter(scope => ROLES_OF_SCOPES[scope]?.every(role => !roles.includes(role)))
  const filter = { createdBy: userId, scopes: { $in: lost }, revokedAt: { $exists: false } }
  for (const { _id } of await keys.find(filter, { _id: 1 }).lean()) await revokeKey({ keys, audit }, _id, by)
}
