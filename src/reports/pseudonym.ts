import { createHmac, hkdfSync } from 'node:crypto'

/** The same person always has the same one, and nobody can tell or try out whose it is without the data secret. */
export type Pseudonym = (person: string) => string

/** 96 bits of HMAC-SHA-256 under a key of its own, drawn from the secret by HKDF (RFC 5869). */
export function pseudonyms(secret: string): Pseudonym {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'people in reports', 32))
  return person => `p-${createHmac('sha256', key).update(person).digest().toString('base64url', 0, 12)}`
}
