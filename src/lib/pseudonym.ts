import { keyedHash } from './keyed-hash.ts'
import { memoize } from './memoize.ts'

/** A few: what is remembered must not weigh on an export's memory. */
const REMEMBERED = 5_000

/** The same person always has the same one, and nobody can tell or try out whose it is without the data secret. */
export type Pseudonym = (person: string) => string

/** Names (128 bits of a keyed hash, in hex) for people outside of this service; those of one label say nothing of those of another. */
export function pseudonyms(secret: string, label: 'reports' | 'exports' | 'datasets'): Pseudonym {
  const hashOf = keyedHash(secret, label)
  return memoize(person => hashOf(person).toString('hex', 0, 16), REMEMBERED)
}
