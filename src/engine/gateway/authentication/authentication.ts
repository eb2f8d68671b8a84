import { BSON } from 'mongodb'
import { CommandError } from '../errors/command-error.ts'
import type { Request } from '../protocol/request.ts'
import { ScramConversation, type StoredPassword } from './scram.ts'

const MECHANISM = 'SCRAM-SHA-256'
const UNAUTHORIZED = 13
const AUTHENTICATION_FAILED = 18
const MECHANISM_UNAVAILABLE = 334
/** A connection has one conversation at a time, so it needs no other number. */
const CONVERSATION = 1

/** What MongoDB answers to anybody. */
const OPEN_TO_ANYBODY = new Set(['hello', 'isMaster', 'ismaster', 'ping', 'buildInfo', 'connectionStatus'])

/** Who one connection is: nobody, until it has shown that it knows the password. */
export class Authentication {
  readonly #stored: StoredPassword
  #conversation: ScramConversation | undefined
  #isAuthenticated = false

  constructor(stored: StoredPassword) {
    this.#stored = stored
  }

  /** @throws CommandError 13 for a command that needs an authenticated connection on one that is not */
  check(name: string): void {
    if (this.#isAuthenticated || OPEN_TO_ANYBODY.has(name)) return
    throw new CommandError(UNAUTHORIZED, `Command ${name} requires authentication`)
  }

  /** The reply to a command of authentication; undefined for any other. */
  reply({ name, body }: Request): BSON.Document | undefined {
    if (name === 'saslStart') return this.#start(body)
    if (name === 'saslContinue') return this.#goOn(body)
    if (name === 'logout') return this.#end()
    if (name === 'connectionStatus') return this.#status()
    return undefined
  }

  /** What a handshake answers besides: the mechanisms, and to a first message that came along. */
  handshake({ body }: Request): BSON.Document {
    const first = body.speculativeAuthenticate
    return {
      ...(body.saslSupportedMechs && { saslSupportedMechs: [MECHANISM] }),
      ...(first?.mechanism === MECHANISM && { speculativeAuthenticate: this.#start(first) }),
    }
  }

  #start({ mechanism, payload }: BSON.Document): BSON.Document {
    if (mechanism !== MECHANISM) {
      throw new CommandError(
        MECHANISM_UNAVAILABLE,
        `Received authentication for mechanism ${mechanism}, which is not enabled`,
      )
    }
    this.#end()
    this.#conversation = ScramConversation.begin(this.#stored, textOf(payload))
    if (!this.#conversation) throw failed()
    return step(this.#conversation.challenge, false)
  }

  /** Checks the proof. Drivers that would end with an empty exchange skip it after `done`. */
  #goOn({ payload }: BSON.Document): BSON.Document {
    const answer = this.#conversation?.verify(textOf(payload))
    this.#conversation = undefined
    if (answer === undefined) throw failed()
    this.#isAuthenticated = true
    return step(answer, true)
  }

  #end(): BSON.Document {
    this.#conversation = undefined
    this.#isAuthenticated = false
    return { ok: 1 }
  }

  #status(): BSON.Document {
    const users = this.#isAuthenticated ? [{ user: this.#stored.user, db: 'admin' }] : []
    return { authInfo: { authenticatedUsers: users, authenticatedUserRoles: [] }, ok: 1 }
  }
}

function step(payload: string, done: boolean): BSON.Document {
  return { conversationId: CONVERSATION, done, payload: new BSON.Binary(Buffer.from(payload)), ok: 1 }
}

function textOf(payload: unknown): string {
  if (Buffer.isBuffer(payload)) return payload.toString()
  if (payload instanceof BSON.Binary) return Buffer.from(payload.buffer).toString()
  return String(payload)
}

function failed(): CommandError {
  return new CommandError(AUTHENTICATION_FAILED, 'Authentication failed.')
}
