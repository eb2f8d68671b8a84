import type { mongo } from 'mongoose'
import type { CollectionSpec } from '../../database/collections.ts'
import { MAJORITY } from '../../database/connect.ts'
import type { Identity } from '../../http/plugins/identity.ts'
import type { Rejection } from '../rejection.ts'

const REJECTS = 'rejects'
/** How many rejected items of one request are kept. */
export const MAX_KEPT = 100
const KEPT_DAYS = 30
const MAX_KEPT_A_MINUTE = 1_000
const MAX_ITEM_BYTES = 4_096
const MINUTE_MS = 60_000
/** Levels that are kept of nested items: JSON.stringify would overflow the stack with all levels of some. */
const MAX_DEPTH = 16

export const rejectsCollection: CollectionSpec = {
  name: REJECTS,
  indexes: [{ key: { people: 1 } }, { key: { receivedAt: 1 }, expireAfterSeconds: KEPT_DAYS * 86_400 }],
}

/** A rejected item as it arrived, with the reason. */
export interface Refused {
  item: unknown
  rejection: Rejection
  /** The people that it names, and the user who sent it. */
  people: string[]
}

/** Keeps rejected items for 30 days, so that a sender can find a mistake and send the events again. */
export class Rejects {
  readonly #db: mongo.Db
  #minute = 0
  readonly #kept = new Map<string, number>()

  constructor(db: mongo.Db) {
    this.#db = db
  }

  /** Stores rejected items, at most 1,000 a minute for each caller. */
  async keep(caller: Identity, refused: Refused[]): Promise<void> {
    const kept = refused.slice(0, this.#allowance(caller, refused.length))
    if (kept.length === 0) return
    const sender = caller.kind === 'user' ? `user:${caller.id}` : `app:${caller.app}`
    const receivedAt = new Date()
    const documents = kept.map(({ item, rejection, people }) => ({
      sender,
      people,
      event: cut(typeof item === 'string' ? item : JSON.stringify(shallow(item))),
      ...rejection,
      receivedAt,
    }))
    await this.#db.collection(REJECTS).insertMany(documents, { writeConcern: MAJORITY })
  }

  #allowance(caller: Identity, asked: number): number {
    const minute = Math.floor(Date.now() / MINUTE_MS)
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#kept.clear()
    }
    const kept = this.#kept.get(caller.id) ?? 0
    const allowed = Math.min(asked, MAX_KEPT_A_MINUTE - kept)
    this.#kept.set(caller.id, kept + allowed)
    return allowed
  }
}

/** Replaces what is nested deeper than 16 levels by `…`. */
function shallow(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth === MAX_DEPTH) return '…'
  if (Array.isArray(value)) return value.map(inner => shallow(inner, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shallow(inner, depth + 1)]))
}

/** Cuts a text to 4 kB, between characters. */
function cut(text: string): string {
  const bytes = Buffer.from(text)
  return bytes.length <= MAX_ITEM_BYTES
    ? text
    : new TextDecoder().decode(bytes.subarray(0, MAX_ITEM_BYTES), { stream: true })
}
