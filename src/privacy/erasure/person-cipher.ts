import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { keyedHash } from '../../lib/keyed-hash.ts'

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Encrypts the ids of people with a key derived from the data secret. */
export interface PersonCipher {
  encrypt(text: string): string
  /** @throws Error when the text was encrypted with another secret, or was changed */
  decrypt(encrypted: string): string
}

/** Creates the AES-256-GCM cipher by which receipts hold the person until the erasure is over. */
export function personCipher(secret: string): PersonCipher {
  // An HMAC instead of the derived key itself: existing receipts are encrypted with it.
  const key = keyedHash(secret, 'sealedPeople')('')
  return {
    encrypt(text) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(CIPHER, key, nonce)
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')
    },
    decrypt(encrypted) {
      const bytes = Buffer.from(encrypted, 'base64url')
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString(
        'utf8',
      )
    },
  }
}
