import { keyedHash } from '../keyed-hash.ts'

const MOST = 50_000

/** A person as 64 bits that only the holder of the secret can make; the same one always. */
export type PersonHash = (person: string) => bigint

/**
 * Hashes people by a key of their own, so that sums can tell them apart and name nobody. Remembers the last some thousands.
 */
export function personHash(secret: string): PersonHash {
  const hashOf = keyedHash(secret, 'people')
  const known = new Map<string, bigint>()
  return person => {
    const standing = known.get(person)
    if (standing !== undefined) return standing
    if (known.size === MOST) known.clear()
    const hash = hashOf(person).readBigUInt64BE()
    known.set(person, hash)
    return hash
  }
}
