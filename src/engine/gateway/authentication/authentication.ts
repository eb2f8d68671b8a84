import { BSON } from 'mongodb'
import { CommandError } from '../errors/command-error.ts'
import { COMMAND_NOT_SUPPORTED } from '../errors/error-codes.ts'
import type { Request } from '../protocol/request.ts'
import { ScramConversation, type StoredPassword } from './scram.ts'

const MECHANISM = 'SCRAM-SHA-256'
const UNAUTHORIZED = 13
const AUTHENTICATION_FAILED = 18
const MECHANISM_UNAVAILABLE = 334
/** A connection has one conversation at a time, so the id is constant. */
const CONVERSATION_ID = 1

/** Commands that MongoDB allows before authentication. */
const UNAUTHENTICATED_COMMANDS = new Set([
  'hello',
  'isMaster',
  'ismaster',
  'ping',
  'buildInfo',
  'buildinfo',
  'connectionStatus',
])

/** The authentication state of a connection, with SCRAM-SHA-256 as the only mechanism. */
export class Authentication {
  readonly #stored: StoredPassword
  #conversation: ScramConversation | undefined
  #isAuthenticated = false

  constructor(stored: StoredPassword) {
    this.#stored = stored
  }

  /**
   * Checks that a command is allowed.
   * @throws CommandError 13 (Unauthorized) when it requires authentication and the connection is not authenticated
   */
  check(name: string): void {
    if (this.#isAuthenticated || UNAUTHENTICATED_COMMANDS.has(name)) return
    throw new CommandError(UNAUTHORIZED, `Command ${name} requires authentication`)
  }

  /**
   * Executes an authentication command.
   * @returns its reply; undefined for any other command
   * @throws CommandError 18 (AuthenticationFailed), or 334 (MechanismUnavailable) for any mechanism but SCRAM-SHA-256
   */
  reply({ name, body }: Request): BSON.Document | undefined {
    if (name === 'saslStart') return this.#start(body)
    if (name === 'saslContinue') return this.#continue(body)
    if (name === 'logout')
      throw new CommandError(COMMAND_NOT_SUPPORTED, 'logout is not supported: close the connection')
    if (name === 'connectionStatus') return this.#status()
    return undefined
  }

  /** Returns the fields to add to the reply of `hello`: the mechanisms, and the reply to `speculativeAuthenticate`. */
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
    this.#isAuthenticated = false
    this.#conversation = ScramConversation.begin(this.#stored, textOf(payload))
    if (!this.#conversation) throw authenticationFailed()
    return saslReply(this.#conversation.challenge, false)
  }

  /** Verifies the proof. `done` is true at once: drivers then omit the final empty exchange. */
  #continue({ payload }: BSON.Document): BSON.Document {
    const answer = this.#conversation?.verify(textOf(payload))
    this.#conversation = undefined
    if (answer === undefined) throw authenticationFailed()
    this.#isAuthenticated = true
    return saslReply(answer, true)
  }

  #status(): BSON.Document {
    const users = this.#isAuthenticated ? [{ user: this.#stored.user, db: 'admin' }] : []
    return { authInfo: { authenticatedUsers: users, authenticatedUserRoles: [] }, ok: 1 }
  }
}

function saslReply(payload: string, done: boolean): BSON.Document {
  return { conversationId: CONVERSATION_ID, done, payload: new BSON.Binary(Buffer.from(payload)), ok: 1 }
}

function textOf(payload: unknown): string {
  if (Buffer.isBuffer(payload)) return payload.toString()
  if (payload instanceof BSON.Binary) return Buffer.from(payload.buffer).toString()
  return String(payload)
}

function authenticationFailed(): CommandError {
  return new CommandError(AUTHENTICATION_FAILED, 'Authentication failed.')
}
