import fastifyJwt, { type JWT } from '@fastify/jwt'
import type { TokenKeys } from '../../config/token-keys.ts'
import { ROLES, type Role } from '../../http/plugins/identity.ts'
import type { App } from '../../http/server.ts'

/** Lifetime of an access token. */
export const ACCESS_TOKEN_SECONDS = 900
/** Issuer and audience of the tokens. */
const ISSUER = 'glance'

/** Claims carried by an access token. */
export interface AccessClaims {
  /** Id of the account. */
  id: string
  roles: Role[]
  sessionId: string
  /** Generation of the session when the token was issued. */
  generation: number
}

/** The claims as the JWT names them. */
interface JwtClaims {
  sub: string
  roles: string[]
  sid: string
  gen: number
}

/** Signs and verifies access tokens. */
export interface AccessTokens {
  sign(claims: AccessClaims): string
  /** Returns the claims; null when the token is not valid or has expired. */
  verify(token: string): AccessClaims | null
}

/**
 * Registers the signing and verification of access tokens as JWTs (RFC 7519). Each key has a fixed algorithm; issuer and audience
 * are fixed, and all claims are required.
 * @param keys the first one signs, all of them verify
 */
export async function registerAccessTokens(app: Pick<App, 'register' | 'jwt'>, keys: TokenKeys): Promise<AccessTokens> {
  for (const { kid, algorithm, signs, verifies } of keys) {
    await app.register(fastifyJwt, {
      namespace: kid,
      secret: { private: signs as string, public: verifies },
      sign: { algorithm, kid, iss: ISSUER, aud: ISSUER, expiresIn: ACCESS_TOKEN_SECONDS },
      decode: { complete: true },
      verify: {
        algorithms: [algorithm],
        allowedIss: ISSUER,
        allowedAud: ISSUER,
        requiredClaims: ['sub', 'sid', 'gen', 'iat', 'exp', 'iss', 'aud'],
      },
    })
  }
  const byKid = new Map(Object.entries(app.jwt as unknown as Record<string, JWT>))
  const current = byKid.get(keys[0].kid) as JWT
  return {
    sign: ({ id, roles, sessionId, generation }) => current.sign({ sub: id, roles, sid: sessionId, gen: generation }),
    verify: token => {
      try {
        const { kid } = (current.decode(token) as { header: { kid: string } }).header
        const claims = byKid.get(kid)?.verify<JwtClaims>(token)
        if (!claims) return null
        const { sub, roles, sid, gen } = claims
        return { id: sub, roles: ROLES.filter(role => roles.includes(role)), sessionId: sid, generation: gen }
      } catch {
        return null
      }
    },
  }
}
