import type { FastifyBaseLogger } from 'fastify'
import type { mongo } from 'mongoose'
import { uuidv7 } from 'uuidv7'
import type { CollectionSpec } from '../database/collections.ts'
import { MAJORITY } from '../database/connect.ts'
import type { Role } from '../http/plugins/identity.ts'
import type { KeyedHash } from '../lib/keyed-hash.ts'

export const auditCollection: CollectionSpec = {
  name: 'audit',
  indexes: [
    { key: { who: 1, _id: 1 } },
    { key: { whom: 1 } },
    { key: { what: 1, _id: 1 } },
    { key: { thing: 1, address: 1 } },
    { key: { expiresAt: 1 }, expireAfterSeconds: 0 },
  ],
}

/** Actions that the audit trail records. */
export const ACTS = [
  'set_up',
  'setup_refused',
  'signed_up',
  'signed_in',
  'sign_in_failed',
  'session_ended',
  'refresh_token_reused',
  'password_changed',
  'password_refused',
  'roles_changed',
  'key_made',
  'key_revoked',
  'key_first_used',
  'key_used_elsewhere',
  'access_refused',
  'data_exported',
  'image_deleted',
  'comment_deleted',
  'erased',
] as const
export type Act = (typeof ACTS)[number]

const RETENTION_MS = 90 * 86_400_000
const PSEUDONYM = /^p-[A-Za-z0-9_-]{22}$/

/** An action and who did it; people are given by the ids of their accounts or keys. */
interface Action {
  what: Act
  /** The account or key that did it, if known. */
  who?: string | undefined
  /** The account that it was done to, if that is another. */
  whom?: string | undefined
  /** Id of the session, key, image or comment that it was done to; the operation that was refused; the data that were exported. */
  thing?: string | undefined
  /** Address of the request; undefined for a script. */
  address?: string | undefined
  /** The new roles of an account. */
  roles?: Role[] | undefined
}

/** Who does something, and the address; both undefined for a script. */
export type Actor = Pick<Action, 'who' | 'address'>

/** An action as it is stored: people are pseudonyms, keyed by the data secret. */
export interface AuditEntry extends Action {
  _id: string
  at: Date
  expiresAt: Date
}

/** Filter of entries; an undefined property matches all. */
interface AuditQuery {
  /** Id of an account or key, or a pseudonym. */
  who?: string
  what?: Act
  from?: Date
  to?: Date
}

/** Audit trail of actions that matter for security. Entries are kept for 90 days; admins may read them. */
export class AuditTrail {
  readonly #entries: mongo.Collection<AuditEntry>
  readonly #hash: KeyedHash
  readonly #logger: FastifyBaseLogger

  constructor(db: mongo.Db, hash: KeyedHash, logger: FastifyBaseLogger) {
    this.#entries = db.collection<AuditEntry>('audit')
    this.#hash = hash
    this.#logger = logger
  }

  /** Records an action. Never throws, since the action is already done: an entry that can not be stored is logged. */
  async record({ who, whom, ...rest }: Action): Promise<void> {
    const at = new Date()
    const entry: AuditEntry = { _id: uuidv7(), at, expiresAt: new Date(at.getTime() + RETENTION_MS), ...rest }
    if (who !== undefined) entry.who = this.pseudonymOf(who)
    if (whom !== undefined) entry.whom = this.pseudonymOf(whom)
    const options = { writeConcern: MAJORITY, ignoreUndefined: true }
    await this.#entries
      .insertOne(entry, options)
      .catch(err => this.#logger.error({ err, entry }, 'storing an audit entry failed'))
  }

  /** Records an action unless an entry has the same thing and address. Never throws. @returns whether it was recorded */
  async recordIfNew(action: Action & { thing: string; address: string }): Promise<boolean> {
    const { thing, address } = action
    try {
      if (await this.#entries.findOne({ thing, address }, { projection: { _id: 1 } })) return false
      await this.record(action)
      return true
    } catch (err) {
      this.#logger.error({ err }, 'reading the audit trail failed')
      return false
    }
  }

  /** Lists entries, newest first. @param before returns only entries with a lower id */
  async list({ who, what, from, to }: AuditQuery, before: string | undefined, limit: number): Promise<AuditEntry[]> {
    const at = { ...(from ? { $gte: from } : {}), ...(to ? { $lt: to } : {}) }
    const filter = {
      ...(who === undefined ? {} : { who: this.pseudonymOf(who) }),
      ...(what === undefined ? {} : { what }),
      ...(from || to ? { at } : {}),
      ...(before === undefined ? {} : { _id: { $lt: before } }),
    }
    return this.#entries.find(filter).sort({ _id: -1 }).limit(limit).toArray()
  }

  /** Returns the pseudonym of a person; a pseudonym is returned unchanged. */
  pseudonymOf(id: string): string {
    return PSEUDONYM.test(id) ? id : `p-${this.#hash(id).toString('base64url', 0, 16)}`
  }
}

/** Returns an entry in the form of the API. */
export function wireAuditEntry({ _id, what, who, whom, thing, address, roles, at }: AuditEntry) {
  return {
    id: _id,
    what,
    who: who ?? null,
    whom: whom ?? null,
    thing: thing ?? null,
    address: address ?? null,
    ...(roles ? { roles } : {}),
    at: at.toISOString(),
  }
}
