import { createHmac, hkdfSync } from 'node:crypto'

const MOST_HASHES = 50_000
const MOST_PSEUDONYMS = 5_000

/** A person as 64 bits that only the holder of the secret can make; the same one always. */
export type PersonHash = (person: string) => bigint

/** A name that stands for another: 32 hex digits that only the holder of the secret can make; the same one always. */
export type Pseudonym = (name: string) => string

/** Hashes people by a key of their own, so that sums can tell them apart and name nobody. */
export function personHash(secret: string): PersonHash {
  return remembering(
    keyedHash(secret, 'people', digest => digest.readBigUInt64BE()),
    MOST_HASHES,
  )
}

/** Names for people outside of this service; those of one label say nothing of those of another. */
export function pseudonyms(secret: string, label: 'pseudonyms' | 'datasets'): Pseudonym {
  return remembering(
    keyedHash(secret, label, digest => digest.toString('hex', 0, 16)),
    MOST_PSEUDONYMS,
  )
}

/** A key of the data secret's, one for each use. Source: HKDF (RFC 5869). */
export function derivedKey(secret: string, label: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', label, 32))
}

/** Source: HMAC (RFC 2104). */
function keyedHash<Hash>(secret: string, label: string, read: (digest: Buffer) => Hash): (name: string) => Hash {
  const key = derivedKey(secret, label)
  return name => read(createHmac('sha256', key).update(name).digest())
}

/** The same function, which remembers its last answers, at most so many. */
function remembering<Answer>(make: (name: string) => Answer, most: number): (name: string) => Answer {
  const known = new Map<string, Answer>()
  return name => {
    const standing = known.get(name)
    if (standing !== undefined) return standing
    if (known.size === most) known.clear()
    const answer = make(name)
    known.set(name, answer)
    return answer
  }
}
