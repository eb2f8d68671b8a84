import { uuidv7 } from 'uuidv7'
import { fieldProblem } from '../../errors.ts'
import type { Scope } from '../../http/plugins/identity.ts'
import { timeOf } from '../../http/time.ts'
import type { Accounts } from '../accounts.ts'
import type { Actor } from '../audit-trail.ts'
import { type ApiKey, hashOf, newKeyText } from './api-key.ts'

interface NewKey {
  name: string
  app: string
  scopes: Scope[]
  origins?: string[]
  ownerId?: string
  expiresAt?: string
}

/**
 * Makes a key; the text it gives is shown now and never again.
 * @throws Problem naming the field that does not fit the others
 */
export async function issueKey(
  { keys, users, audit }: Pick<Accounts, 'keys' | 'users' | 'audit'>,
  by: Actor & { who: string },
  { name, app, scopes, origins = [], ownerId = by.who, expiresAt }: NewKey,
): Promise<{ key: string; stored: ApiKey }> {
  checkCollector(scopes, origins)
  if (!(await users.exists({ _id: ownerId }))) throw fieldProblem('/ownerId', 'is no account')
  const expires = expiresAt === undefined ? undefined : timeOf('/expiresAt', expiresAt)
  if (expires && expires <= new Date()) throw fieldProblem('/expiresAt', 'is over already')
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
  await audit.note({ what: 'key_made', ...by, thing: stored._id })
  return { key, stored }
}

/** A key that sits in a web page is everybody's: it must be good for that alone, and only from its own pages. */
function checkCollector(scopes: Scope[], origins: string[]): void {
  if (!scopes.includes('events:collect')) return
  if (scopes.length > 1) throw fieldProblem('/scopes', 'events:collect stands alone')
  if (origins.length === 0) throw fieldProblem('/origins', 'events:collect needs the origins of its pages')
}
