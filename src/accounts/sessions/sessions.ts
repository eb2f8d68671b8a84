import type { Connection, Model, PipelineStage, QueryFilter } from 'mongoose'
import { uuidv7 } from 'uuidv7'
import type { Role } from '../../http/plugins/identity.ts'
import type { KeyedHash } from '../../lib/keyed-hash.ts'
import type { User } from '../users/user.ts'
import { ACCESS_TOKEN_SECONDS, type AccessTokens } from './access-token.ts'
import { type Claim, readRefreshToken, refreshToken } from './refresh-token.ts'
import { RevokedAccessTokens, TOKENS_EXPIRED_MS } from './revoked-access-tokens.ts'
import { ENDED, type Session, sessions } from './session.ts'

/** Sessions expire after 30 days without use. */
const SESSION_TTL_MS = 30 * 86_400_000
/** And at the latest 90 days after the sign-in. */
const MAX_SESSION_MS = 90 * 86_400_000
/** Time for which a password that was entered counts as confirmation. */
const CONFIRMATION_MS = 10 * 60_000
/** A refresh token may be repeated within this time, for a lost answer or a second tab. */
const REUSE_GRACE_MS = 10_000
const MAX_USER_AGENT_LENGTH = 200
/** Sessions of one account; a further one ends the oldest. */
const MAX_SESSIONS = 100
/** Replaces the account in sessions of an erased account. */
const NOBODY = 'nobody'

/** The tokens of a session. */
export interface Grant {
  accessToken: string
  tokenType: 'Bearer'
  /** Lifetime of the access token in seconds. */
  expiresIn: number
  refreshToken: string
  /** When the session expires without further use. */
  sessionExpiresAt: Date
}

/** Creates, refreshes and ends sessions. Times are compared by the database's clock, since clocks of processes differ. */
export class Sessions {
  readonly model: Model<Session>
  readonly revoked: RevokedAccessTokens
  readonly #tokens: AccessTokens
  readonly #hash: KeyedHash

  constructor(connection: Connection, tokens: AccessTokens, hash: KeyedHash) {
    this.model = sessions(connection)
    this.revoked = new RevokedAccessTokens(this.model)
    this.#tokens = tokens
    this.#hash = hash
  }

  /** Creates a session of an account. */
  async open(user: User, userAgent: string | undefined): Promise<Session> {
    const now = new Date()
    const session: Session = {
      _id: uuidv7(),
      userId: user._id,
      generation: 0,
      passwordChanges: user.passwordChanges ?? 0,
      ...(userAgent ? { userAgent: userAgent.slice(0, MAX_USER_AGENT_LENGTH) } : {}),
      createdAt: now,
      rotatedAt: now,
      expiresAt: new Date(now.getTime() + SESSION_TTL_MS),
    }
    await this.model.create(session)
    await this.#endSurplus(user._id)
    return session
  }

  /** Returns tokens for the current generation of a session. */
  tokens({ _id, userId, generation, expiresAt }: Session, roles: Role[]): Grant {
    return {
      accessToken: this.#tokens.sign({ id: userId, roles, sessionId: _id, generation }),
      tokenType: 'Bearer',
      expiresIn: ACCESS_TOKEN_SECONDS,
      refreshToken: refreshToken({ family: _id, generation }, this.#hash),
      sessionExpiresAt: expiresAt,
    }
  }

  /**
   * Rotates the refresh token of a session, in one atomic update. The token of the current generation advances the session; the
   * previous one returns it unchanged for 10 s; any other ends it, since a used token may have been stolen.
   * @returns the session, which may have ended; null when the token is not valid or the session no longer exists
   */
  async rotate(token: string): Promise<Session | null> {
    const claim = readRefreshToken(token, this.#hash)
    if (!claim) return null
    const filter = { _id: claim.family, ...isOpen() }
    const session = await this.model
      .findOneAndUpdate(filter, [{ $set: rotatedBy(claim) }, { $set: expiryIfEnded }], {
        updatePipeline: true,
        returnDocument: 'after',
      })
      .lean<Session>()
    if (session?.generation === ENDED) await this.revoked.read()
    return session
  }

  /** Returns the session of a refresh token of any generation; null when the token is not valid or the session has ended. */
  async ofToken(token: string): Promise<Session | null> {
    const claim = readRefreshToken(token, this.#hash)
    return claim && this.model.findOne({ _id: claim.family, ...isOpen() }).lean<Session>()
  }

  /** Lists the open sessions of an account, newest first. @param before returns only sessions with a lower id */
  async listOf(userId: string, before: string | undefined, limit: number): Promise<Session[]> {
    const filter = {
      userId,
      ...isOpen(),
      ...(before === undefined ? {} : { _id: { $lt: before } }),
    }
    return this.model.find(filter).sort({ _id: -1 }).limit(limit).lean<Session[]>()
  }

  /** Notes that the password was entered again in a session. */
  async confirm(_id: string): Promise<void> {
    await this.model.updateOne({ _id }, [{ $set: { confirmedAt: '$$NOW' } }], { updatePipeline: true })
  }

  /** Whether the password was entered in the last 10 minutes, with the sign-in or since. */
  async isConfirmed(_id: string): Promise<boolean> {
    const entered = { $ifNull: ['$confirmedAt', '$createdAt'] }
    const isRecent = { $gte: [entered, { $subtract: ['$$NOW', CONFIRMATION_MS] }] }
    return (await this.model.exists({ _id, generation: { $ne: ENDED }, $expr: isRecent })) !== null
  }

  /** Ends sessions and their access tokens: in this process at once, in others within 5 s. @returns the number of sessions */
  end(filter: { _id?: string | { $ne: string } | { $in: string[] }; userId?: string }): Promise<number> {
    return this.#end({ ...filter, generation: { $ne: ENDED } })
  }

  /** Ends all sessions of an account and removes its id from them. The documents remain until their access tokens have expired. */
  disown(userId: string): Promise<number> {
    return this.#end({ userId }, [{ $set: { userId: NOBODY } }, { $unset: 'userAgent' }])
  }

  /** Revokes the access tokens of an account. Its sessions remain, and refreshing issues new tokens. */
  async renewTokens(userId: string): Promise<void> {
    const renewed = { staleGeneration: '$generation', staleAt: '$$NOW' }
    await this.model.updateMany({ userId, generation: { $ne: ENDED } }, [{ $set: renewed }], { updatePipeline: true })
    await this.revoked.read()
  }

  async #endSurplus(userId: string): Promise<void> {
    const filter = { userId, generation: { $ne: ENDED } }
    const surplus = await this.model.find(filter, { _id: 1 }).sort({ _id: -1 }).skip(MAX_SESSIONS).lean()
    if (surplus.length > 0) await this.end({ userId, _id: { $in: surplus.map(({ _id }) => _id) } })
  }

  async #end(filter: QueryFilter<Session>, more: PipelineStage[] = []): Promise<number> {
    const ended = [{ $set: { generation: ENDED } }, { $set: expiryIfEnded }]
    const { matchedCount } = await this.model.updateMany(filter, [...ended, ...more], { updatePipeline: true })
    await this.revoked.read()
    return matchedCount
  }
}

/** Returns the filter of sessions that have neither ended nor expired. */
function isOpen() {
  return { generation: { $ne: ENDED }, expiresAt: { $gt: new Date() } }
}

/** Whether a session has ended, as an aggregation expression. */
const isEnded = { $eq: ['$generation', ENDED] }

/** An ended session remains until its access tokens have expired, so that they can be recognized as revoked. */
const expiryIfEnded = {
  staleAt: { $cond: [isEnded, '$$NOW', '$staleAt'] },
  expiresAt: { $cond: [isEnded, { $add: ['$$NOW', TOKENS_EXPIRED_MS] }, '$expiresAt'] },
}

/** Returns the fields of a session after its refresh token was used, as aggregation expressions. */
function rotatedBy({ generation }: Claim) {
  const isCurrent = { $eq: ['$generation', generation] }
  const graceStart = { $subtract: ['$$NOW', REUSE_GRACE_MS] }
  const expiry = { $min: [{ $add: ['$$NOW', SESSION_TTL_MS] }, { $add: ['$createdAt', MAX_SESSION_MS] }] }
  const isRepeated = { $and: [{ $eq: ['$generation', generation + 1] }, { $gte: ['$rotatedAt', graceStart] }] }
  return {
    generation: { $cond: [{ $or: [isCurrent, isRepeated] }, generation + 1, ENDED] },
    rotatedAt: { $cond: [isCurrent, '$$NOW', '$rotatedAt'] },
    expiresAt: { $cond: [isCurrent, expiry, '$expiresAt'] },
  }
}
