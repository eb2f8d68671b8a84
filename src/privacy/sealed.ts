import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { keyedHash } from '../keyed-hash.ts'

const CIPHER = 'aes-256-gcm'
const NONCE = 12
const TAG = 16

/** Text that only the holder of the data secret can read. */
export interface Seal {
  seal(text: string): string
  /** @throws when it was not sealed by this secret, or was changed */
  open(sealed: string): string
}

/** Seals by AES-256-GCM under a key of its own: while somebody is erased, no document names who. */
export function sealOf(secret: string): Seal {
  // Not the derived key itself: receipts under way are sealed by this one.
  const key = keyedHash(secret, 'sealedPeople')('')
  return {
    seal(text) {
      const nonce = randomBytes(NONCE)
      const cipher = createCipheriv(CIPHER, key, nonce)
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64url')
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE), { authTagLength: TAG })
      decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG))
      return Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]).toString('utf8')
    },
  }
}
