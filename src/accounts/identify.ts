import { LRUCache } from 'lru-cache'
import type { Identity, IdentityResolver, KeyIdentity, Lookups } from '../http/plugins/identity.ts'
import type { Accounts } from './accounts.ts'
import { type ApiKey, hashOf, KEY_PATTERN, KEY_PREFIX } from './api-keys/api-key.ts'
import { KeyUsage } from './api-keys/key-usage.ts'

/** Keys are looked up again after this time, so a revoked key may work for as long. */
const CACHE_TTL_MS = 10_000
const MAX_CACHED_KEYS = 10_000

/** Creates the resolver of access tokens and API keys. Access tokens are checked in memory, without a query. */
export function identityResolver({ keys, tokens, sessions, audit }: Accounts): IdentityResolver {
  const cached = new LRUCache<string, KeyIdentity>({ max: MAX_CACHED_KEYS, ttl: CACHE_TTL_MS })
  const usage = new KeyUsage(keys, audit)

  return async (credential, address, lookups) => {
    if (!credential.startsWith(KEY_PREFIX)) return byToken(credential)
    if (!KEY_PATTERN.test(credential)) return null
    const identity = await byKey(hashOf(credential), address, lookups)
    if (identity) usage.cameFrom(identity.id, address)
    return identity
  }

  function byToken(token: string): Identity | null {
    const bearer = tokens.verify(token)
    if (!bearer || sessions.revoked.has(bearer)) return null
    const { id, roles, sessionId } = bearer
    return { kind: 'user', id, roles, sessionId, ...(sessions.revoked.isOutdated && { mayHaveEnded: true }) }
  }

  async function byKey(hash: string, address: string, lookups: Lookups): Promise<KeyIdentity | null> {
    const known = cached.get(hash)
    if (known) return known
    await lookups.admit()
    const now = Date.now()
    const key = await keys.findOne({ hash }).lean<ApiKey>()
    if (!key || key.revokedAt || (key.expiresAt && key.expiresAt.getTime() <= now)) {
      await lookups.failed()
      return null
    }
    await usage.lookedUp(key, address)
    const identity = identityOf(key)
    const validFor = (key.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY) - now
    cached.set(hash, identity, { ttl: Math.min(CACHE_TTL_MS, validFor) })
    return identity
  }
}

function identityOf({ _id, app, scopes, origins, ownerId }: ApiKey): KeyIdentity {
  return { kind: 'key', id: _id, app, scopes, origins, ownerId }
}
