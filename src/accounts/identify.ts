import type { Model } from 'mongoose'
import type { Identity, IdentityResolver, KeyIdentity } from '../http/identity.ts'
import type { AccessTokens } from './access-token.ts'
import { type ApiKey, hashOf, KEY_PREFIX } from './api-key.ts'

/** How long a key is trusted without asking again, in ms: this long a revoked one may still work. */
const TRUST = 10_000
const MOST = 10_000
const HOUR = 3_600_000

/** Who stands behind a token or a key. */
export function identityResolver(keys: Model<ApiKey>, tokens: AccessTokens): IdentityResolver {
  const trusted = new Map<string, { identity: KeyIdentity; until: number }>()

  return async credential => {
    if (credential.startsWith(KEY_PREFIX)) return byKey(hashOf(credential))
    const bearer = tokens.verify(credential)
    return bearer && { kind: 'user', ...bearer }
  }

  async function byKey(hash: string): Promise<Identity | null> {
    const now = Date.now()
    const known = trusted.get(hash)
    if (known && known.until > now) return known.identity
    trusted.delete(hash)
    const key = await keys.findOne({ hash }).lean<ApiKey>()
    if (!key || key.revokedAt || (key.expiresAt && key.expiresAt.getTime() <= now)) return null
    await noteUse(key)
    const identity = identityOf(key)
    if (trusted.size >= MOST) trusted.clear()
    trusted.set(hash, { identity, until: Math.min(now + TRUST, key.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY) })
    return identity
  }

  async function noteUse({ _id, lastUsedAt }: ApiKey): Promise<void> {
    const hour = new Date(Math.floor(Date.now() / HOUR) * HOUR)
    if (!lastUsedAt || lastUsedAt < hour) await keys.updateOne({ _id }, { lastUsedAt: hour })
  }
}

function identityOf({ _id, app, scopes, origins, ownerId }: ApiKey): KeyIdentity {
  return { kind: 'key', id: _id, app, scopes, origins, ownerId }
}
