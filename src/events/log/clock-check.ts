import type { mongo } from 'mongoose'

const MOST_SKEW = 10 * 60_000
const EVERY = 30_000
const TIME = 5_000

/** @throws when this process's clock is too far off the database's to judge times and what has expired */
export function checkClock(databaseNow: Date): void {
  const skew = Date.now() - databaseNow.getTime()
  if (Math.abs(skew) > MOST_SKEW) throw new Error(`this clock is ${Math.round(skew / 1000)} s off the database's`)
}

/** Asks the database for its clock now and then. */
export class ClockCheck {
  readonly #db: mongo.Db
  #checked: number | undefined

  constructor(db: mongo.Db) {
    this.#db = db
  }

  /** Compares the clocks unless that was done within 30 s by both. @throws as `checkClock` does */
  async check(): Promise<void> {
    const now = Date.now()
    if (this.#checked !== undefined && Math.abs(now - this.#checked) < EVERY) return
    const { localTime } = await this.#db.admin().command({ hello: 1 }, { timeoutMS: TIME })
    checkClock(localTime)
    this.#checked = now
  }
}
