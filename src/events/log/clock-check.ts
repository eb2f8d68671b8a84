import type { mongo } from 'mongoose'

const MAX_SKEW_MS = 10 * 60_000
const CHECK_INTERVAL_MS = 30_000

/** Compares this process's clock with the database's. @throws Error when they differ by more than 10 minutes */
export function checkClock(databaseNow: Date): void {
  const skew = Date.now() - databaseNow.getTime()
  if (Math.abs(skew) > MAX_SKEW_MS) throw new Error(`this clock is ${Math.round(skew / 1000)} s off the database's`)
}

/** Compares the clocks from time to time: event times and expiry are judged by them. */
export class ClockCheck {
  readonly #db: mongo.Db
  #checked: number | undefined

  constructor(db: mongo.Db) {
    this.#db = db
  }

  /** Compares the clocks when the last comparison is older than 30 s. @throws Error as `checkClock` does */
  async check(): Promise<void> {
    const now = Date.now()
    if (this.#checked !== undefined && Math.abs(now - this.#checked) < CHECK_INTERVAL_MS) return
    const { localTime } = await this.#db.admin().command({ hello: 1 })
    checkClock(localTime)
    this.#checked = now
  }
}
