import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { KeyedHash } from './keyed-hash.ts'

const IV_BYTES = 16
const ALGORITHM = 'aes-256-ctr'

/** Encrypts texts so that equal texts are equal afterwards. Source: SIV (RFC 5297), with HMAC instead of CMAC. */
export class SivCipher {
  readonly #key: Buffer
  readonly #hashOf: KeyedHash

  /** @param key 32 bytes @param hashOf has a key of its own */
  constructor(key: Buffer, hashOf: KeyedHash) {
    this.#key = key
    this.#hashOf = hashOf
  }

  /** Encrypts a text of any length: 16 bytes more than its own. */
  encrypt(text: string): Buffer {
    const iv = this.iv(text)
    const cipher = createCipheriv(ALGORITHM, this.#key, iv)
    return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final()])
  }

  /** Decrypts a text; undefined when it was not encrypted with this key. */
  decrypt(encrypted: Uint8Array): string | undefined {
    if (encrypted.length < IV_BYTES) return undefined
    const iv = encrypted.subarray(0, IV_BYTES)
    const text = createDecipheriv(ALGORITHM, this.#key, iv).update(encrypted.subarray(IV_BYTES)).toString('utf8')
    return this.iv(text).equals(iv) ? text : undefined
  }

  /** Returns the synthetic initialization vector of a text: a keyed hash, 16 bytes. */
  iv(text: string): Buffer {
    return this.#hashOf(text).subarray(0, IV_BYTES)
  }
}
