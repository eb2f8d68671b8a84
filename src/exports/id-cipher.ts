import { createCipheriv, createDecipheriv } from 'node:crypto'
import { fieldProblem } from '../errors.ts'
import { derivedKey, type KeyedHash, keyedHash } from '../lib/keyed-hash.ts'

const BLOCK_BYTES = 16
const ALGORITHM = 'aes-256-ctr'

/**
 * Encrypts ids for exports. The id of an event is a hash that includes its sender, so a reader who knows an account could test it.
 * Encryption is deterministic and reversible: an export continues after the row with a given id.
 */
export class IdCipher {
  readonly #cipher
  readonly #decipher
  readonly #textKey: Buffer
  readonly #hashOf: KeyedHash

  constructor(secret: string) {
    const key = derivedKey(secret, 'exportIds')
    // ECB is safe here: each id is a single block, so the cipher is a permutation of ids.
    this.#cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
    this.#decipher = createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false)
    this.#textKey = derivedKey(secret, 'exportPlaces')
    this.#hashOf = keyedHash(secret, 'exportMarks')
  }

  /** Encrypts an id of 32 hex digits to 32 hex digits. */
  encryptId(id: string): string {
    return this.#cipher.update(id, 'hex', 'hex')
  }

  /** Decrypts an id. Any 32 hex digits decrypt to some id. */
  decryptId(encrypted: string): string {
    return this.#decipher.update(encrypted, 'hex', 'hex')
  }

  /** Returns a keyed hash of a name, 32 hex digits. It is not cached: there are many sessions, each with few events. */
  hashName(name: string): string {
    return this.#syntheticIv(`mark ${name}`).toString('hex')
  }

  /** Encrypts a text of any length to hex digits. Source: SIV (RFC 5297), with HMAC instead of CMAC. */
  encrypt(text: string): string {
    const iv = this.#syntheticIv(text)
    return iv.toString('hex') + createCipheriv(ALGORITHM, this.#textKey, iv).update(text, 'utf8', 'hex')
  }

  /** Decrypts a text; undefined when it was not encrypted with this key. */
  decrypt(encrypted: string): string | undefined {
    const bytes = Buffer.from(encrypted, 'hex')
    if (bytes.length < BLOCK_BYTES || bytes.length * 2 !== encrypted.length) return undefined
    const iv = bytes.subarray(0, BLOCK_BYTES)
    const text = createDecipheriv(ALGORITHM, this.#textKey, iv).update(bytes.subarray(BLOCK_BYTES)).toString('utf8')
    return this.#syntheticIv(text).equals(iv) ? text : undefined
  }

  #syntheticIv(text: string): Buffer {
    return this.#hashOf(text).subarray(0, BLOCK_BYTES)
  }
}

/** Returns the problem for an `after` that is not the id of a row. */
export function unknownRowId() {
  return fieldProblem('/querystring/after', 'is not the id of a row of this export')
}
