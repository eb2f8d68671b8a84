import { uuidv7 } from 'uuidv7'
import { fieldProblem, Problem } from '../../errors.ts'
import { PUBLIC_SCOPES, type Scope } from '../../http/plugins/identity.ts'
import { timeOf } from '../../http/time.ts'
import type { Accounts } from '../accounts.ts'
import type { Actor } from '../audit-trail.ts'
import { type ApiKey, hashOf, newKeyText } from './api-key.ts'
import { revokeKey } from './revoke-key.ts'

interface NewKey {
  name: string
  app: string
  scopes: Scope[]
  origins?: string[]
  ownerId?: string
  expiresAt?: string
}

/**
 * Creates an API key.
 * @param by who creates it; also the owner unless `ownerId` names another account
 * @returns the key itself, which is not stored, and the stored document
 * @throws Problem `invalid_request` that names the invalid field; `forbidden` when the creator has just lost the role admin
 */
export async function issueKey(
  { keys, users, audit }: Pick<Accounts, 'keys' | 'users' | 'audit'>,
  by: Actor & { who: string },
  { name, app, scopes, origins = [], ownerId = by.who, expiresAt }: NewKey,
): Promise<{ key: string; stored: ApiKey }> {
  checkScopes(scopes, origins)
  if (!(await users.exists({ _id: ownerId }))) throw fieldProblem('/ownerId', 'account not found')
  const expires = expiresAt === undefined ? undefined : timeOf('/expiresAt', expiresAt)
  if (expires && expires <= new Date()) throw fieldProblem('/expiresAt', 'must be in the future')
  const key = newKeyText()
  const stored: ApiKey = {
    _id: uuidv7(),
    hash: hashOf(key),
    name,
    app,
    scopes,
    origins,
    ownerId,
    createdBy: by.who,
    createdAt: new Date(),
    ...(expires && { expiresAt: expires }),
  }
  await keys.create(stored)
  await audit.record({ what: 'key_made', ...by, thing: stored._id })
  // Read after the key is stored: whoever takes the role away meanwhile either finds the key or is seen here.
  if (!(await users.exists({ _id: by.who, roles: 'admin' }))) {
    await revokeKey({ keys, audit }, stored._id, by)
    throw new Problem('forbidden', { detail: 'requires the role admin' })
  }
  return { key, stored }
}

/** Checks that a key that anybody can read has no other scope, and that one for web pages is limited to their origins. */
function checkScopes(scopes: Scope[], origins: string[]): void {
  const readable = scopes.find(scope => PUBLIC_SCOPES.includes(scope))
  if (readable && scopes.length > 1) throw fieldProblem('/scopes', `${readable} can not be combined with other scopes`)
  if (readable === 'events:collect' && origins.length === 0)
    throw fieldProblem('/origins', 'events:collect requires the origins of the web pages')
}
