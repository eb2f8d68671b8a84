import { keyedHash } from '../keyed-hash.ts'

const MOST = 50_000

/** A person as 64 bits that only the holder of the secret can make; the same one always. */
export type PersonHash = (person: string) => bigint

/** A name that stands for another: 32 hex digits that only the holder of the secret can make; the same one always. */
export type Pseudonym = (name: string) => string

/** Hashes people by a key of their own, so that sums can tell them apart and name nobody. */
export function personHash(secret: string): PersonHash {
  const hashOf = keyedHash(secret, 'people')
  return remembering(person => hashOf(person).readBigUInt64BE())
}

/** Names for people outside of this service; those of one label say nothing of those of another. */
export function pseudonyms(secret: string, label: 'exports' | 'datasets'): Pseudonym {
  const hashOf = keyedHash(secret, label)
  return remembering(name => hashOf(name).toString('hex', 0, 16))
}

/** The same function, which remembers its last some thousands of answers. */
function remembering<Answer>(make: (name: string) => Answer): (name: string) => Answer {
  const known = new Map<string, Answer>()
  return name => {
    const standing = known.get(name)
    if (standing !== undefined) return standing
    if (known.size === MOST) known.clear()
    const answer = make(name)
    known.set(name, answer)
    return answer
  }
}
