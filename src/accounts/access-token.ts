import { createDecoder, createSigner, createVerifier } from 'fast-jwt'
import { ROLES, type Role } from '../http/identity.ts'
import type { TokenKeys } from '../token-keys.ts'

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

/** JWTs with key, algorithm, issuer, audience and expiry pinned: what leaves one out is refused, not trusted. */
export class AccessTokens {
  readonly #sign: (claims: Claims) => string
  readonly #verifiers: Map<string, (token: string) => Claims>
  readonly #decode = createDecoder({ complete: true })

  constructor(keys: TokenKeys) {
    const [{ signs: key, algorithm, kid }] = keys
    this.#sign = createSigner({ key, algorithm, kid, iss: NAME, aud: NAME, expiresIn: ACCESS_TOKEN_SECONDS * 1000 })
    this.#verifiers = new Map(
      keys.map(({ kid, algorithm, verifies }) => [
        kid,
        createVerifier({
          key: verifies,
          algorithms: [algorithm],
          allowedIss: NAME,
          allowedAud: NAME,
          requiredClaims: ['sub', 'sid', 'gen', 'iat', 'exp', 'iss', 'aud'],
        }),
      ]),
    )
  }

  sign({ id, roles, sessionId, generation }: Bearer): string {
    return this.#sign({ sub: id, roles, sid: sessionId, gen: generation })
  }

  /** Null when the token is not ours, not whole, or over. */
  verify(token: string): Bearer | null {
    try {
      const { kid } = this.#decode(token).header
      const claims = this.#verifiers.get(kid)?.(token)
      if (!claims) return null
      const { sub, roles, sid, gen } = claims
      return { id: sub, roles: ROLES.filter(role => roles.includes(role)), sessionId: sid, generation: gen }
    } catch {
      return null
    }
  }
}
