import { derivedKey, keyedHash } from '../lib/keyed-hash.ts'
import { SivCipher } from '../lib/siv-cipher.ts'

/** Sealed texts are filled up to a multiple of this length, so that the length of an id tells little. */
const UNIT = 32

/** Encrypts what the rows of an archive hide, so that only the owner of the data secret can restore it. */
export class Seal {
  readonly #cipher: SivCipher

  constructor(secret: string) {
    this.#cipher = new SivCipher(derivedKey(secret, 'archive'), keyedHash(secret, 'archiveMarks'))
  }

  /** Encrypts values of JSON. Equal values give equal bytes, whatever the order of their names. */
  close(values: object): Buffer {
    const text = JSON.stringify(Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))))
    return this.#cipher.encrypt(text.padEnd(Math.ceil(text.length / UNIT) * UNIT))
  }

  /** Decrypts values. @throws Error when they were sealed with another secret, or were changed */
  open<Values>(sealed: Uint8Array): Values {
    const text = this.#cipher.decrypt(sealed)
    if (text === undefined) throw new Error('a row was sealed with another DATA_SECRET, or was changed')
    return JSON.parse(text)
  }
}
