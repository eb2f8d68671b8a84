import type { Model } from 'mongoose'
import { Problem } from '../../errors.ts'
import type { Accounts } from '../accounts.ts'
import type { Actor } from '../audit-trail.ts'
import { type ApiKey, keysOf } from './api-key.ts'

const REVOKED = { revokedAt: { $ifNull: ['$revokedAt', '$$NOW'] } }

/**
 * Revokes a key; every process refuses it within 10 s. Idempotent.
 * @throws Problem `not_found` when the key does not exist
 */
export async function revokeKey(
  { keys, audit }: Pick<Accounts, 'keys' | 'audit'>,
  id: string,
  by: Actor,
): Promise<void> {
  const { matchedCount } = await keys.updateOne({ _id: id }, [{ $set: REVOKED }], { updatePipeline: true })
  if (matchedCount === 0) throw new Problem('not_found', { detail: 'API key not found' })
  await audit.record({ what: 'key_revoked', ...by, thing: id })
}

/** Revokes all keys that an account created or that upload for it, and replaces the account in them by a pseudonym. */
export async function disownKeys(keys: Model<ApiKey>, person: string, pseudonym: string): Promise<void> {
  const disowned = (field: 'createdBy' | 'ownerId') => ({
    [field]: { $cond: [{ $eq: [`$${field}`, { $literal: person }] }, pseudonym, `$${field}`] },
  })
  const set = { ...REVOKED, ...disowned('createdBy'), ...disowned('ownerId') }
  await keys.updateMany(keysOf(person), [{ $set: set }], { updatePipeline: true })
}
