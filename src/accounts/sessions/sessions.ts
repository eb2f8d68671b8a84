import type { Connection, Model, PipelineStage, QueryFilter } from 'mongoose'
import { uuidv7 } from 'uuidv7'
import type { Role } from '../../http/plugins/identity.ts'
import type { KeyedHash } from '../../lib/keyed-hash.ts'
import type { User } from '../users/user.ts'
import { ACCESS_TOKEN_SECONDS, type AccessTokens } from './access-token.ts'
import { type Claim, readRefreshToken, refreshToken } from './refresh-token.ts'
import { RevokedAccessTokens, TOKENS_EXPIRED_MS } from './revoked-access-tokens.ts'
import { ENDED, type Session, sessions } from './session.ts'

/** How long a session lasts without being used, in ms. */
const LIFE = 30 * 86_400_000
/** How long the generation before still gets the current one, in ms: a lost reply, two tabs. */
const GRACE = 10_000
const LONGEST_AGENT = 200
/** So many sessions of one account; one more ends the oldest. */
const MOST = 100
/** Whose the sessions of an erased account are. */
const NOBODY = 'nobody'

/** What a client gets to act with. */
export interface Grant {
  accessToken: string
  tokenType: 'Bearer'
  /** Seconds. */
  expiresIn: number
  refreshToken: string
}

/** Opens, moves on and ends sessions. What is compared is the database's time, so that processes need not agree on theirs. */
export class Sessions {
  readonly model: Model<Session>
  readonly stale: RevokedAccessTokens
  readonly #tokens: AccessTokens
  readonly #hash: KeyedHash

  constructor(connection: Connection, tokens: AccessTokens, hash: KeyedHash) {
    this.model = sessions(connection)
    this.stale = new RevokedAccessTokens(this.model)
    this.#tokens = tokens
    this.#hash = hash
  }

  async open(user: User, userAgent: string | undefined): Promise<Session> {
    const now = new Date()
    const session: Session = {
      _id: uuidv7(),
      userId: user._id,
      generation: 0,
      passwordChanges: user.passwordChanges ?? 0,
      ...(userAgent ? { userAgent: userAgent.slice(0, LONGEST_AGENT) } : {}),
      createdAt: now,
      rotatedAt: now,
      expiresAt: new Date(now.getTime() + LIFE),
    }
    await this.model.create(session)
    await this.#endSurplus(user._id)
    return session
  }

  /** Tokens for the session's current generation. */
  tokens({ _id, userId, generation }: Session, roles: Role[]): Grant {
    return {
      accessToken: this.#tokens.sign({ id: userId, roles, sessionId: _id, generation }),
      tokenType: 'Bearer',
      expiresIn: ACCESS_TOKEN_SECONDS,
      refreshToken: refreshToken({ family: _id, generation }, this.#hash),
    }
  }

  /**
   * Moves the session that a refresh token belongs to, by one compare and set. The current generation moves it on, the one
   * before meets it where it is for 10 s; any other ends it, for somebody has kept a token that was used already.
   * @returns the session as it is now, ended perhaps; null when the token is not ours or its session is gone
   */
  async move(token: string): Promise<Session | null> {
    const claim = readRefreshToken(token, this.#hash)
    if (!claim) return null
    const filter = { _id: claim.family, generation: { $ne: ENDED }, expiresAt: { $gt: new Date() } }
    const session = await this.model
      .findOneAndUpdate(filter, [{ $set: movedBy(claim) }, { $set: endedIfOver }], {
        updatePipeline: true,
        returnDocument: 'after',
      })
      .lean<Session>()
    if (session?.generation === ENDED) await this.stale.read()
    return session
  }

  /** An account's sessions that are not over, newest first. */
  async listOf(userId: string, before: string | undefined, limit: number): Promise<Session[]> {
    const filter = {
      userId,
      generation: { $ne: ENDED },
      expiresAt: { $gt: new Date() },
      ...(before === undefined ? {} : { _id: { $lt: before } }),
    }
    return this.model.find(filter).sort({ _id: -1 }).limit(limit).lean<Session[]>()
  }

  /** Ends sessions with their access tokens: here at once, in other processes within seconds. @returns how many there were */
  end(filter: { _id?: string | { $ne: string } | { $in: string[] }; userId?: string }): Promise<number> {
    return this.#bury({ ...filter, generation: { $ne: ENDED } })
  }

  /** Ends an account's sessions; what must stay until their access tokens have run out names nobody any more. */
  disown(userId: string): Promise<number> {
    return this.#bury({ userId }, [{ $set: { userId: NOBODY } }, { $unset: 'userAgent' }])
  }

  /** Makes an account's access tokens void; its sessions go on, and refreshing brings new ones. */
  async renewTokens(userId: string): Promise<void> {
    const renewed = { staleGeneration: '$generation', staleAt: '$$NOW' }
    await this.model.updateMany({ userId, generation: { $ne: ENDED } }, [{ $set: renewed }], { updatePipeline: true })
    await this.stale.read()
  }

  async #endSurplus(userId: string): Promise<void> {
    const filter = { userId, generation: { $ne: ENDED } }
    const surplus = await this.model.find(filter, { _id: 1 }).sort({ _id: -1 }).skip(MOST).lean()
    if (surplus.length > 0) await this.end({ userId, _id: { $in: surplus.map(({ _id }) => _id) } })
  }

  async #bury(filter: QueryFilter<Session>, more: PipelineStage[] = []): Promise<number> {
    const over = [{ $set: { generation: ENDED } }, { $set: endedIfOver }]
    const { matchedCount } = await this.model.updateMany(filter, [...over, ...more], { updatePipeline: true })
    await this.stale.read()
    return matchedCount
  }
}

const isOver = { $eq: ['$generation', ENDED] }

/** What is over stays until its access tokens have run out, so that they can be told. */
const endedIfOver = {
  staleAt: { $cond: [isOver, '$$NOW', '$staleAt'] },
  expiresAt: { $cond: [isOver, { $add: ['$$NOW', TOKENS_EXPIRED_MS] }, '$expiresAt'] },
}

function movedBy({ generation }: Claim) {
  const moves = { $eq: ['$generation', generation] }
  const again = {
    $and: [{ $eq: ['$generation', generation + 1] }, { $gte: ['$rotatedAt', { $subtract: ['$$NOW', GRACE] }] }],
  }
  return {
    generation: { $cond: [{ $or: [moves, again] }, generation + 1, ENDED] },
    rotatedAt: { $cond: [moves, '$$NOW', '$rotatedAt'] },
    expiresAt: { $cond: [moves, { $add: ['$$NOW', LIFE] }, '$expiresAt'] },
  }
}
