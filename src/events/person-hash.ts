import { LRUCache } from 'lru-cache'
import { keyedHash } from '../lib/keyed-hash.ts'

const CACHE_SIZE = 50_000

/** Returns the keyed 64-bit hash of a person; without the secret it can be neither computed nor verified. */
export type PersonHash = (person: string) => bigint

/** Creates the hash by which roll-ups count different people without storing their ids. */
export function personHash(secret: string): PersonHash {
  const hashOf = keyedHash(secret, 'people')
  const cache = new LRUCache<string, bigint>({
    max: CACHE_SIZE,
    memoMethod: person => hashOf(person).readBigUInt64BE(),
  })
  return person => cache.memo(person)
}
