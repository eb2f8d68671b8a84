import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Credentials } from '../../options.ts'

/** MongoDB's default for SCRAM-SHA-256. */
const ITERATIONS = 15_000
const CHANNEL_BINDING_NONE = 'biws'

/** What a server keeps of a password. Source: RFC 5802, section 3. */
export interface StoredPassword {
  user: string
  salt: string
  storedKey: Buffer
  serverKey: Buffer
}

export function storedPassword({ user, password }: Credentials): StoredPassword {
  const salt = randomBytes(28)
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256')
  const clientKey = hmac(salted, 'Client Key')
  return { user, salt: salt.toString('base64'), storedKey: sha256(clientKey), serverKey: hmac(salted, 'Server Key') }
}

/** The server's half of one SCRAM-SHA-256 conversation. Source: RFC 5802, RFC 7677. */
export class ScramConversation {
  readonly #stored: StoredPassword
  readonly #clientFirst: string
  readonly #nonce: string
  readonly #serverFirst: string

  private constructor(stored: StoredPassword, clientFirst: string, clientNonce: string) {
    this.#stored = stored
    this.#clientFirst = clientFirst
    this.#nonce = clientNonce + randomBytes(24).toString('base64')
    this.#serverFirst = `r=${this.#nonce},s=${stored.salt},i=${ITERATIONS}`
  }

  /** @returns undefined when the client's first message is malformed */
  static begin(stored: StoredPassword, clientFirst: string): ScramConversation | undefined {
    const [, bare, user = '', nonce = ''] = /^n,[^,]*,(n=([^,]*),r=([^,]+))$/.exec(clientFirst) ?? []
    if (bare === undefined) return undefined
    // Whoever gives another name learns no more than whoever gives a wrong password.
    const known = user === stored.user ? stored : { ...stored, storedKey: randomBytes(32) }
    return new ScramConversation(known, bare, nonce)
  }

  /** The server's first message. */
  get challenge(): string {
    return this.#serverFirst
  }

  /** @returns the server's last message; undefined when the client does not know the password */
  verify(clientFinal: string): string | undefined {
    const [, withoutProof = '', binding, nonce, proof = ''] = /^(c=([^,]+),r=([^,]+)),p=(.+)$/.exec(clientFinal) ?? []
    if (binding !== CHANNEL_BINDING_NONE || nonce !== this.#nonce) return undefined
    const message = [this.#clientFirst, this.#serverFirst, withoutProof].join(',')
    const signature = hmac(this.#stored.storedKey, message)
    const given = Buffer.from(proof, 'base64')
    if (given.length !== signature.length) return undefined
    const clientKey = Buffer.from(given.map((byte, i) => byte ^ (signature[i] ?? 0)))
    if (!timingSafeEqual(sha256(clientKey), this.#stored.storedKey)) return undefined
    return `v=${hmac(this.#stored.serverKey, message).toString('base64')}`
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}
