import type { mongo } from 'mongoose'
import { MAJORITY } from './connect.ts'

/** How long a write says that the next one will succeed, too. */
const FRESH_MS = 5_000

/** Checks that a majority of the database acknowledges writes. */
export class WriteCheck {
  readonly #db: mongo.Db
  #succeeded = Number.NEGATIVE_INFINITY
  #running: Promise<void> | undefined

  constructor(db: mongo.Db) {
    this.#db = db
  }

  /** Writes, unless a write of the last 5 s has succeeded; one at a time. @throws when the write fails */
  async check(): Promise<void> {
    if (performance.now() - this.#succeeded < FRESH_MS) return
    this.#running ??= this.#write().finally(() => {
      this.#running = undefined
    })
    await this.#running
  }

  async #write(): Promise<void> {
    const leases = this.#db.collection<{ _id: string; at: Date }>('leases')
    await leases.updateOne({ _id: 'readiness' }, { $set: { at: new Date() } }, { upsert: true, writeConcern: MAJORITY })
    this.#succeeded = performance.now()
  }
}
