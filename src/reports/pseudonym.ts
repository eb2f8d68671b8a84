import { keyedHash } from '../keyed-hash.ts'

/** The same person always has the same one, and nobody can tell or try out whose it is without the data secret. */
export type Pseudonym = (person: string) => string

/** 96 bits of a keyed hash. */
export function pseudonyms(secret: string): Pseudonym {
  const hashOf = keyedHash(secret, 'reports')
  return person => `p-${hashOf(person).toString('base64url', 0, 12)}`
}
