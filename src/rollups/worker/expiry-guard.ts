import type { FastifyBaseLogger } from 'fastify'
import type { mongo } from 'mongoose'
import type { ReadableLog } from '../../events/log/log.ts'
import { logTtl, setLogTtl } from '../../events/log/log-ttl.ts'
import type { Mark } from '../../events/marks/marks.ts'
import { type Horizons, keepHoursLongerThan } from '../retention-horizons.ts'

const DAY_MS = 86_400_000
/** The guard acts when unsummed events will expire within this time. */
const MARGIN_MS = 3 * DAY_MS
const EXTENSION_MS = 14 * DAY_MS

/** The number of successive checks, a minute apart, that must find a mark: erasure and rebuild mark old hours for a short time. */
export const MIN_CHECKS = 30
/** The number of marks that one check reads, oldest first. */
const MAX_MARKS = 1_000

/** Extends the retention of the log when events would expire before their roll-up is written. */
export class ExpiryGuard {
  readonly #db: mongo.Db
  readonly #log: ReadableLog
  readonly #logger: FastifyBaseLogger
  /** The number of successive checks that found each mark near its expiry, by token. */
  #timesSeen = new Map<string, number>()

  constructor(db: mongo.Db, log: ReadableLog, logger: FastifyBaseLogger) {
    this.#db = db
    this.#log = log
    this.#logger = logger
  }

  /**
   * Checks the oldest marks and extends the retention of the log by 14 days when one of them stays. The hour roll-ups, which must
   * outlive the log, are extended first.
   * @param now the database's clock
   */
  async check({ now }: Pick<Horizons, 'now'>): Promise<void> {
    const retention = await logTtl(this.#db, this.#log.layout)
    const near = await oldestMarks(this.#db, new Date(now.getTime() - retention + MARGIN_MS))
    this.#timesSeen = new Map(near.map(({ token }) => [token, (this.#timesSeen.get(token) ?? 0) + 1]))
    const stuck = near.find(({ token }) => (this.#timesSeen.get(token) ?? 0) >= MIN_CHECKS)
    if (!stuck) return
    const longer = retention + EXTENSION_MS
    await keepHoursLongerThan(this.#db, this.#log, longer)
    await setLogTtl(this.#db, this.#log.layout, longer)
    this.#logger.error(
      { oldest: stuck.start, days: longer / DAY_MS },
      'events were about to expire before their roll-up: the log now keeps them longer. Find out why the roll-up worker is behind.',
    )
  }
}

/** Returns the marks of minutes and hours that began before a time, oldest first. */
function oldestMarks(db: mongo.Db, before: Date): Promise<Mark[]> {
  return db
    .collection<Mark>('marks')
    .find({ start: { $lt: before }, '_id.grain': { $in: ['minute', 'hour'] } }, { limit: MAX_MARKS })
    .sort({ start: 1 })
    .toArray()
}
