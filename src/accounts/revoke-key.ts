import { Problem } from '../errors.ts'
import type { Accounts } from './accounts.ts'
import type { By } from './audit-trail.ts'

/**
 * Revokes a key: no process trusts it 10 s later. Repeating it changes nothing.
 * @throws Problem `not_found` when there is no such key
 */
export async function revokeKey({ keys, audit }: Pick<Accounts, 'keys' | 'audit'>, id: string, by: By): Promise<void> {
  const { matchedCount } = await keys.updateOne(
    { _id: id },
    [{ $set: { revokedAt: { $ifNull: ['$revokedAt', '$$NOW'] } } }],
    { updatePipeline: true },
  )
  if (matchedCount === 0) throw new Problem('not_found')
  await audit.note({ what: 'key_revoked', ...by, thing: id })
}
