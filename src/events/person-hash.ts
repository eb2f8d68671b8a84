import { keyedHash } from '../lib/keyed-hash.ts'
import { memoize } from '../lib/memoize.ts'

const REMEMBERED = 50_000

/** A person as 64 bits that only the holder of the secret can make; the same one always. */
export type PersonHash = (person: string) => bigint

/** Hashes people by a key of their own, so that sums can tell them apart and name nobody. */
export function personHash(secret: string): PersonHash {
  const hashOf = keyedHash(secret, 'people')
  return memoize(person => hashOf(person).readBigUInt64BE(), REMEMBERED)
}
