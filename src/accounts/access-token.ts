import fastifyJwt from '@fastify/jwt'
import { ROLES, type Role } from '../http/identity.ts'
import type { App } from '../http/server.ts'

export const ACCESS_TOKEN_SECONDS = 900
const NAME = 'glance'

/** Whom a token stands for. */
export interface Bearer {
  id: string
  roles: Role[]
}

export interface AccessTokens {
  sign(bearer: Bearer): string
  /** Null when the token is not ours, not whole, or over. */
  verify(token: string): Bearer | null
}

/** JWTs with algorithm, issuer, audience and expiry pinned: what leaves one out is refused, not trusted. */
export async function registerAccessTokens(app: App, secret: string): Promise<AccessTokens> {
  await app.register(fastifyJwt, {
    secret,
    sign: { algorithm: 'HS256', iss: NAME, aud: NAME, expiresIn: ACCESS_TOKEN_SECONDS * 1000 },
    verify: {
      algorithms: ['HS256'],
      allowedIss: NAME,
      allowedAud: NAME,
      requiredClaims: ['sub', 'iat', 'exp', 'iss', 'aud'],
    },
  })
  return {
    sign: ({ id, roles }) => app.jwt.sign({ sub: id, roles }),
    verify: token => {
      try {
        const { sub, roles } = app.jwt.verify<{ sub: string; roles: string[] }>(token)
        return { id: sub, roles: ROLES.filter(role => roles.includes(role)) }
      } catch {
        return null
      }
    },
  }
}
