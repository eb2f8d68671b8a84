import type { mongo } from 'mongoose'
import type { CollectionSpec } from '../../database/collections.ts'
import { MAJORITY } from '../../database/connect.ts'
import type { Identity } from '../../http/plugins/identity.ts'
import type { Rejection } from '../event.ts'

const REJECTS = 'rejects'
/** So many of one request. */
export const MAX_KEPT = 100
const KEPT_DAYS = 30
const MOST_A_MINUTE = 1_000
const MOST_BYTES = 4_096
const MINUTE = 60_000

export const rejectsCollection: CollectionSpec = {
  name: REJECTS,
  indexes: [{ key: { people: 1 } }, { key: { receivedAt: 1 }, expireAfterSeconds: KEPT_DAYS * 86_400 }],
}

/** A refused item as it came, with the reason. */
export interface Refused {
  item: unknown
  rejection: Rejection
  /** Everybody it names, and the user who sent it. */
  people: string[]
}

/** Keeps what was refused for a while, so that a sender's mistake can be found and its events be sent again. */
export class Rejects {
  readonly #db: mongo.Db
  #minute = 0
  readonly #kept = new Map<string, number>()

  constructor(db: mongo.Db) {
    this.#db = db
  }

  /** Keeps refused items, at most 1,000 a minute and caller. */
  async keep(caller: Identity, refused: Refused[]): Promise<void> {
    const some = refused.slice(0, this.#share(caller, refused.length))
    if (some.length === 0) return
    const sender = caller.kind === 'user' ? `user:${caller.id}` : `app:${caller.app}`
    const receivedAt = new Date()
    const documents = some.map(({ item, rejection, people }) => ({
      sender,
      people,
      event: cut(typeof item === 'string' ? item : JSON.stringify(item)),
      ...rejection,
      receivedAt,
    }))
    await this.#db.collection(REJECTS).insertMany(documents, { writeConcern: MAJORITY })
  }

  #share(caller: Identity, asked: number): number {
    const minute = Math.floor(Date.now() / MINUTE)
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#kept.clear()
    }
    const kept = this.#kept.get(caller.id) ?? 0
    const share = Math.min(asked, MOST_A_MINUTE - kept)
    this.#kept.set(caller.id, kept + share)
    return share
  }
}

/** The first 4 kB, without half a character at the end. */
function cut(text: string): string {
  const bytes = Buffer.from(text)
  return bytes.length <= MOST_BYTES ? text : new TextDecoder().decode(bytes.subarray(0, MOST_BYTES), { stream: true })
}
