import fastifyJwt, { type JWT } from '@fastify/jwt'
import type { TokenKeys } from '../../config/token-keys.ts'
import { ROLES, type Role } from '../../http/plugins/identity.ts'
import type { App } from '../../http/server.ts'

export const ACCESS_TOKEN_SECONDS = 900
const NAME = 'glance'

/** Whom a token stands for, and the session it was made in. */
export interface Bearer {
  id: string
  roles: Role[]
  sessionId: string
  /** The session's generation when it was made. */
  generation: number
}

interface Claims {
  sub: string
  roles: string[]
  sid: string
  gen: number
}

export interface AccessTokens {
  sign(bearer: Bearer): string
  /** Null when the token is not ours, not whole, or over. */
  verify(token: string): Bearer | null
}

/** JWTs with key, algorithm, issuer, audience and expiry pinned: what leaves one out is refused, not trusted. */
export async function registerAccessTokens(app: Pick<App, 'register' | 'jwt'>, keys: TokenKeys): Promise<AccessTokens> {
  for (const { kid, algorithm, signs, verifies } of keys) {
    await app.register(fastifyJwt, {
      namespace: kid,
      secret: { private: signs as string, public: verifies },
      sign: { algorithm, kid, iss: NAME, aud: NAME, expiresIn: ACCESS_TOKEN_SECONDS },
      decode: { complete: true },
      verify: {
        algorithms: [algorithm],
        allowedIss: NAME,
        allowedAud: NAME,
        requiredClaims: ['sub', 'sid', 'gen', 'iat', 'exp', 'iss', 'aud'],
      },
    })
  }
  const known = new Map(Object.entries(app.jwt as unknown as Record<string, JWT>))
  const current = known.get(keys[0].kid) as JWT
  return {
    sign: ({ id, roles, sessionId, generation }) => current.sign({ sub: id, roles, sid: sessionId, gen: generation }),
    verify: token => {
      try {
        const { kid } = (current.decode(token) as { header: { kid: string } }).header
        const claims = known.get(kid)?.verify<Claims>(token)
        if (!claims) return null
        const { sub, roles, sid, gen } = claims
        return { id: sub, roles: ROLES.filter(role => roles.includes(role)), sessionId: sid, generation: gen }
      } catch {
        return null
      }
    },
  }
}
