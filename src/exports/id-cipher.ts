import { createCipheriv, createDecipheriv } from 'node:crypto'
import { fieldProblem } from '../errors.ts'
import { derivedKey, type KeyedHash, keyedHash } from '../lib/keyed-hash.ts'

const BLOCK = 16
const ALGORITHM = 'aes-256-ctr'

/**
 * Ids that tell nobody but us what they stand for. An event's own id is a hash of who sent it: whoever knows an account could try
 * it. What is veiled is the same every time, and can be read back: a row's id is the place to go on from.
 */
export class IdCipher {
  readonly #cipher
  readonly #decipher
  readonly #sealKey: Buffer
  readonly #hashOf: KeyedHash

  constructor(secret: string) {
    const key = derivedKey(secret, 'exportIds')
    // One block under one key is a permutation of ids: there is nothing to chain.
    this.#cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
    this.#decipher = createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false)
    this.#sealKey = derivedKey(secret, 'exportPlaces')
    this.#hashOf = keyedHash(secret, 'exportMarks')
  }

  /** An id of 32 hex digits as another one. */
  encryptId(id: string): string {
    return this.#cipher.update(id, 'hex', 'hex')
  }

  /** What was hidden. Any 32 hex digits are an id of something. */
  decryptId(hidden: string): string {
    return this.#decipher.update(hidden, 'hex', 'hex')
  }

  /** 32 hex digits for a name that nobody reads back. Not remembered: sessions are many, and each is met for a while only. */
  hashName(name: string): string {
    return this.#markOf(`mark ${name}`).toString('hex')
  }

  /** A text of any length as hex digits. Source: SIV (RFC 5297), with HMAC in the place of CMAC. */
  encrypt(text: string): string {
    const hashName = this.#markOf(text)
    return hashName.toString('hex') + createCipheriv(ALGORITHM, this.#sealKey, hashName).update(text, 'utf8', 'hex')
  }

  /** The text that was sealed; undefined where it was not by us. */
  decrypt(sealed: string): string | undefined {
    const bytes = Buffer.from(sealed, 'hex')
    if (bytes.length < BLOCK || bytes.length * 2 !== sealed.length) return undefined
    const hashName = bytes.subarray(0, BLOCK)
    const text = createDecipheriv(ALGORITHM, this.#sealKey, hashName).update(bytes.subarray(BLOCK)).toString('utf8')
    return this.#markOf(text).equals(hashName) ? text : undefined
  }

  #markOf(text: string): Buffer {
    return this.#hashOf(text).subarray(0, BLOCK)
  }
}

/** The answer to an `after` that is no id of the table. */
export function unknownRowId() {
  return fieldProblem('/querystring/after', 'is not the id of a row of this export')
}
