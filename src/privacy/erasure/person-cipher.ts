import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { keyedHash } from '../../lib/keyed-hash.ts'

const CIPHER = 'aes-256-gcm'
const NONCE = 12
const TAG = 16

/** Text that only the holder of the data secret can read. */
export interface PersonCipher {
  encrypt(text: string): string
  /** @throws when it was not sealed by this secret, or was changed */
  decrypt(sealed: string): string
}

/** Seals by AES-256-GCM under a key of its own: while somebody is erased, no document names who. */
export function personCipher(secret: string): PersonCipher {
  // Not the derived key itself: receipts under way are sealed by this one.
  const key = keyedHash(secret, 'sealedPeople')('')
  return {
    encrypt(text) {
      const nonce = randomBytes(NONCE)
      const cipher = createCipheriv(CIPHER, key, nonce)
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')
    },
    decrypt(sealed) {
      const bytes = Buffer.from(sealed, 'base64url')
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE), { authTagLength: TAG })
      decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG))
      return Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]).toString('utf8')
    },
  }
}
