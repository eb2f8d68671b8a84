import type { FastifyBaseLogger } from 'fastify'
import type { mongo } from 'mongoose'
import type { ReadableLog } from '../../events/log/log.ts'
import { logTtl, setLogTtl } from '../../events/log/log-ttl.ts'
import type { Mark } from '../../events/marks/marks.ts'
import { type Horizons, keepHoursLongerThan } from '../retention-horizons.ts'

const DAY = 86_400_000
/** So near to the end of the log an event may come before its sum stands. */
const MARGIN = 3 * DAY
const LONGER_BY = 14 * DAY
/** The last time there is. */
const LAST = new Date(8.64e15)

/** So many looks in a row, a minute apart, a mark must stand: an erasure and a rebuild mark old hours as a matter of course. */
export const MIN_CHECKS = 30
/** Of so many of the oldest it is known whether they stand. */
const LOOKED_AT = 1_000

/** When the oldest minute or hour began that waits to be summed. */
export async function oldestPending(db: mongo.Db, options: mongo.FindOptions = {}): Promise<Date | undefined> {
  const [oldest] = await oldestMarks(db, LAST, { ...options, limit: 1 })
  return oldest?.start ?? undefined
}

/** Sees to it that nothing expires before it is summed. */
export class ExpiryGuard {
  readonly #db: mongo.Db
  readonly #log: ReadableLog
  readonly #logger: FastifyBaseLogger
  /** At how many looks in a row each mark near the end of the log stood, by its token. */
  #stood = new Map<string, number>()

  constructor(db: mongo.Db, log: ReadableLog, logger: FastifyBaseLogger) {
    this.#db = db
    this.#log = log
    this.#logger = logger
  }

  /** Makes the log keep events longer where marks near its end stay: those of the hours first, that must outlive it. */
  async look({ now }: Pick<Horizons, 'now'>): Promise<void> {
    const kept = await logTtl(this.#db, this.#log.layout)
    const near = await oldestMarks(this.#db, new Date(now.getTime() - kept + MARGIN), { limit: LOOKED_AT })
    this.#stood = new Map(near.map(({ token }) => [token, (this.#stood.get(token) ?? 0) + 1]))
    const stuck = near.find(({ token }) => (this.#stood.get(token) ?? 0) >= MIN_CHECKS)
    if (!stuck) return
    const longer = kept + LONGER_BY
    await keepHoursLongerThan(this.#db, this.#log, longer)
    await setLogTtl(this.#db, this.#log.layout, longer)
    this.#logger.error(
      { oldest: stuck.start, days: longer / DAY },
      'events were about to expire before they were summed: the log now keeps them longer. Find out why the folder is behind.',
    )
  }
}

/** The oldest marks of minutes and hours, as far as they began before a time. */
function oldestMarks(db: mongo.Db, before: Date, options: mongo.FindOptions): Promise<Mark[]> {
  return db
    .collection<Mark>('marks')
    .find({ start: { $lt: before }, '_id.grain': { $in: ['minute', 'hour'] } }, options)
    .sort({ start: 1 })
    .toArray()
}
