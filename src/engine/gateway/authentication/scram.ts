import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Credentials } from '../../options.ts'

/** Iterations of PBKDF2: MongoDB's default for SCRAM-SHA-256. */
const ITERATIONS = 15_000
/** Base64 of `n,,`: no channel binding. */
const CHANNEL_BINDING_NONE = 'biws'

/** The authentication information that a server stores instead of a password. Source: RFC 5802, section 3. */
export interface StoredPassword {
  user: string
  salt: string
  storedKey: Buffer
  serverKey: Buffer
}

/** Derives the stored form of a password, with a random salt. */
export function storedPassword({ user, password }: Credentials): StoredPassword {
  const salt = randomBytes(28)
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256')
  const clientKey = hmac(salted, 'Client Key')
  return { user, salt: salt.toString('base64'), storedKey: sha256(clientKey), serverKey: hmac(salted, 'Server Key') }
}

/** The server side of a SCRAM-SHA-256 conversation. Source: RFC 5802, RFC 7677. */
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

  /** Begins a conversation with the client's first message. @returns undefined when the message is malformed */
  static begin(stored: StoredPassword, clientFirst: string): ScramConversation | undefined {
    const [, bare, user = '', nonce = ''] = /^n,[^,]*,(n=([^,]*),r=([^,]+))$/.exec(clientFirst) ?? []
    if (bare === undefined) return undefined
    // An unknown user fails at the proof, exactly like a wrong password, so the reply does not reveal whether the user exists.
    const known = user === stored.user ? stored : { ...stored, storedKey: randomBytes(32) }
    return new ScramConversation(known, bare, nonce)
  }

  /** The server's first message: nonce, salt and iterations. */
  get challenge(): string {
    return this.#serverFirst
  }

  /** Verifies the client's final message. @returns the server's final message; undefined when the proof is wrong */
  verify(clientFinal: string): string | undefined {
    const [, withoutProof = '', binding, nonce, proof = ''] = /^(c=([^,]+),r=([^,]+)),p=(.+)$/.exec(clientFinal) ?? []
    if (binding !== CHANNEL_BINDING_NONE || nonce !== this.#nonce) return undefined
    const message = [this.#clientFirst, this.#serverFirst, withoutProof].join(',')
    const signature = hmac(this.#stored.storedKey, message)
    const proofBytes = Buffer.from(proof, 'base64')
    if (proofBytes.length !== signature.length) return undefined
    const clientKey = Buffer.from(proofBytes.map((byte, i) => byte ^ (signature[i] ?? 0)))
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
