import { LRUCache } from 'lru-cache'
import { keyedHash } from './keyed-hash.ts'

/** Small, to bound the memory of an export. */
const CACHE_SIZE = 5_000

/** Returns the pseudonym of a person: always the same one, and without the data secret not to be traced back. */
export type Pseudonym = (person: string) => string

/** Creates pseudonyms for data that leave the service: 128 bits of a keyed hash, in hex. Each label has different ones. */
export function pseudonyms(secret: string, label: 'reports' | 'exports' | 'datasets'): Pseudonym {
  const hashOf = keyedHash(secret, label)
  const cache = new LRUCache<string, string>({
    max: CACHE_SIZE,
    memoMethod: person => hashOf(person).toString('hex', 0, 16),
  })
  return person => cache.memo(person)
}
