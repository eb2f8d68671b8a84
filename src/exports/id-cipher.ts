import { createCipheriv, createDecipheriv } from 'node:crypto'
import { fieldProblem } from '../errors.ts'
import { derivedKey, keyedHash } from '../lib/keyed-hash.ts'
import { SivCipher } from '../lib/siv-cipher.ts'

/**
 * Encrypts ids for exports. The id of an event is a hash that includes its sender, so a reader who knows an account could test it.
 * Encryption is deterministic and reversible: an export continues after the row with a given id.
 */
export class IdCipher {
  readonly #cipher
  readonly #decipher
  readonly #texts: SivCipher

  constructor(secret: string) {
    const key = derivedKey(secret, 'exportIds')
    // ECB is safe here: each id is a single block, so the cipher is a permutation of ids.
    this.#cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
    this.#decipher = createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false)
    this.#texts = new SivCipher(derivedKey(secret, 'exportPlaces'), keyedHash(secret, 'exportMarks'))
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
    return this.#texts.iv(`mark ${name}`).toString('hex')
  }

  /** Encrypts a text of any length to hex digits. */
  encrypt(text: string): string {
    return this.#texts.encrypt(text).toString('hex')
  }

  /** Decrypts a text; undefined when it was not encrypted with this key. */
  decrypt(encrypted: string): string | undefined {
    const bytes = Buffer.from(encrypted, 'hex')
    return bytes.length * 2 === encrypted.length ? this.#texts.decrypt(bytes) : undefined
  }
}

/** Returns the problem for an `after` that is not the id of a row. */
export function unknownRowId() {
  return fieldProblem('/querystring/after', 'is not the id of a row of this export')
}
