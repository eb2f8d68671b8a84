import type { Identity, IdentityResolver, KeyIdentity } from '../http/plugins/identity.ts'
import type { Accounts } from './accounts.ts'
import { type ApiKey, hashOf, KEY_PREFIX } from './api-keys/api-key.ts'
import { KeyUsage } from './api-keys/key-usage.ts'

/** How long a key is trusted without asking again, in ms: this long a revoked one may still work. */
const TRUST = 10_000
const MOST = 10_000

/** Who stands behind a token or a key. */
export function identityResolver({ keys, tokens, sessions, audit }: Accounts): IdentityResolver {
  const trusted = new Map<string, { identity: KeyIdentity; until: number }>()
  const uses = new KeyUsage(keys, audit)

  return async (credential, address) => {
    if (!credential.startsWith(KEY_PREFIX)) return byToken(credential)
    const identity = await byKey(hashOf(credential), address)
    if (identity) uses.cameFrom(identity.id, address)
    return identity
  }

  function byToken(token: string): Identity | null {
    const bearer = tokens.verify(token)
    if (!bearer || sessions.stale.has(bearer)) return null
    const { id, roles, sessionId } = bearer
    return { kind: 'user', id, roles, sessionId }
  }

  async function byKey(hash: string, address: string): Promise<KeyIdentity | null> {
    const now = Date.now()
    const known = trusted.get(hash)
    if (known && known.until > now) return known.identity
    trusted.delete(hash)
    const key = await keys.findOne({ hash }).lean<ApiKey>()
    if (!key || key.revokedAt || (key.expiresAt && key.expiresAt.getTime() <= now)) return null
    await uses.lookedUp(key, address)
    const identity = identityOf(key)
    if (trusted.size >= MOST) trusted.clear()
    trusted.set(hash, { identity, until: Math.min(now + TRUST, key.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY) })
    return identity
  }
}

function identityOf({ _id, app, scopes, origins, ownerId }: ApiKey): KeyIdentity {
  return { kind: 'key', id: _id, app, scopes, origins, ownerId }
}
