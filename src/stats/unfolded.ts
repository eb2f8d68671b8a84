import type { FastifyBaseLogger } from 'fastify'
import type { mongo } from 'mongoose'
import type { ReadableLog } from '../events/log.ts'
import { logTtl, setLogTtl } from '../events/log-ttl.ts'
import type { Mark } from '../events/marks.ts'
import { type Floors, keepHoursFor } from './floors.ts'

const DAY = 86_400_000
/** So near to the end of the log an event may come before its sum stands. */
const MARGIN = 3 * DAY
const LONGER_BY = 14 * DAY

/** When the oldest minute or hour began that waits to be summed. */
export async function oldestUnfolded(db: mongo.Db, options: mongo.FindOptions = {}): Promise<Date | undefined> {
  const waiting = { start: { $type: 'date' as const }, '_id.grain': { $in: ['minute', 'hour'] as const } }
  const [oldest] = await db
    .collection<Mark>('marks')
    .find(waiting as object, options)
    .sort({ start: 1 })
    .limit(1)
    .toArray()
  return oldest?.start ?? undefined
}

/** Makes the log keep events longer before any could expire unsummed: those of the hours first, that must outlive it. */
export async function keepUnfolded(
  db: mongo.Db,
  log: ReadableLog,
  floors: Floors,
  logger: FastifyBaseLogger,
): Promise<void> {
  const oldest = await oldestUnfolded(db)
  const kept = await logTtl(db, log.layout)
  if (!oldest || floors.now.getTime() - oldest.getTime() < kept - MARGIN) return
  const longer = kept + LONGER_BY
  await keepHoursFor(db, log, longer)
  await setLogTtl(db, log.layout, longer)
  logger.error(
    { oldest, days: longer / DAY },
    'events were about to expire before they were summed: the log now keeps them longer. Find out why the folder is behind.',
  )
}
