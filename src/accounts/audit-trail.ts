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

/** What is noted. */
export const ACTS = [
  'signed_in',
  'sign_in_failed',
  'refresh_token_reused',
  'password_changed',
  'password_refused',
  'roles_changed',
  'key_made',
  'key_revoked',
  'key_first_used',
  'key_used_elsewhere',
  'image_deleted',
  'comment_deleted',
  'erased',
] as const
export type Act = (typeof ACTS)[number]

const KEPT = 90 * 86_400_000
const PSEUDONYM = /^p-[A-Za-z0-9_-]{22}$/

/** Something that somebody did; persons are named by the ids of their accounts or keys. */
interface Deed {
  what: Act
  /** Who did it, where that is known. */
  who?: string | undefined
  /** The account that it was done to, where that is another. */
  whom?: string | undefined
  /** The id of the key, image or comment that it was done to. */
  thing?: string | undefined
  /** The address that it came from; none from a script. */
  address?: string | undefined
  /** The roles that an account has since. */
  roles?: Role[] | undefined
}

/** Who did it, and from where; of a script nobody can say. */
export type Actor = Pick<Deed, 'who' | 'address'>

/** A deed as it is kept: persons are pseudonyms that only the data secret could tell. */
export interface Note extends Deed {
  _id: string
  at: Date
  expiresAt: Date
}

/** Which notes are asked for; what is left out does not matter. */
interface NoteQuery {
  /** An account's or key's id, or a pseudonym from an earlier answer. */
  who?: string
  what?: Act
  from?: Date
  to?: Date
}

/** The trail of what matters for security: kept for 90 days, for admins to read. */
export class AuditTrail {
  readonly #notes: mongo.Collection<Note>
  readonly #hash: KeyedHash
  readonly #logger: FastifyBaseLogger

  constructor(db: mongo.Db, hash: KeyedHash, logger: FastifyBaseLogger) {
    this.#notes = db.collection<Note>('audit')
    this.#hash = hash
    this.#logger = logger
  }

  /** Keeps a deed. Never fails: what was done is done, and a note that could not be kept goes to the log. */
  async note({ who, whom, ...rest }: Deed): Promise<void> {
    const at = new Date()
    const note: Note = { _id: uuidv7(), at, expiresAt: new Date(at.getTime() + KEPT), ...rest }
    if (who !== undefined) note.who = this.pseudonymOf(who)
    if (whom !== undefined) note.whom = this.pseudonymOf(whom)
    const options = { writeConcern: MAJORITY, ignoreUndefined: true }
    await this.#notes.insertOne(note, options).catch(err => this.#logger.error({ err, note }, 'a deed is not noted'))
  }

  /** Keeps a deed unless one with that thing from that address is kept. Never fails either. @returns whether it was new */
  async noteIfNew(deed: Deed & { thing: string; address: string }): Promise<boolean> {
    const { thing, address } = deed
    try {
      if (await this.#notes.findOne({ thing, address }, { projection: { _id: 1 } })) return false
      await this.note(deed)
      return true
    } catch (err) {
      this.#logger.error({ err }, 'the audit can not be read')
      return false
    }
  }

  /** Notes, newest first. */
  async list({ who, what, from, to }: NoteQuery, before: string | undefined, limit: number): Promise<Note[]> {
    const at = { ...(from ? { $gte: from } : {}), ...(to ? { $lt: to } : {}) }
    const filter = {
      ...(who === undefined ? {} : { who: this.pseudonymOf(who) }),
      ...(what === undefined ? {} : { what }),
      ...(from || to ? { at } : {}),
      ...(before === undefined ? {} : { _id: { $lt: before } }),
    }
    return this.#notes.find(filter).sort({ _id: -1 }).limit(limit).toArray()
  }

  /** As what a person is noted; a pseudonym stays itself. */
  pseudonymOf(id: string): string {
    return PSEUDONYM.test(id) ? id : `p-${this.#hash(id).toString('base64url', 0, 16)}`
  }
}

/** A note as an admin sees it. */
export function wireNote({ _id, what, who, whom, thing, address, roles, at }: Note) {
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
