import { batches } from '../../database/batches.ts'
import { CURRENT_READ } from '../../database/connect.ts'
import type { LoggedEvent } from '../event.ts'
import { timeOfId, timePart } from '../event-id.ts'
import { endOf, startOf } from '../marks/buckets.ts'
import type { Log } from './log.ts'

/** So many events are held at once. */
const BATCH = 250

/** From `from` to before `to`. */
export interface TimeRange {
  from: Date
  to: Date
}

/**
 * All events of a stretch of time in the order of their ids, which is that of their times, each once, some at a time. Read hour
 * by hour, so that the database never has more than that to sort. What comes in meanwhile may be among them.
 * @param after begins behind the event of that id
 */
export async function* scanLog(
  log: Pick<Log, 'read' | 'isEmpty'>,
  { from, to }: TimeRange,
  after?: string,
): AsyncGenerator<LoggedEvent[]> {
  const begin = after === undefined ? from : new Date(Math.max(from.getTime(), timeOfId(after).getTime()))
  for await (const hour of busyHours(log, { from: begin, to })) {
    const _id = { [after === undefined ? '$gte' : '$gt']: after ?? timePart(hour.from), $lt: timePart(hour.to) }
    const match = { at: { $gte: hour.from, $lt: hour.to }, _id }
    yield* batches(log.read(match, [{ $sort: { _id: 1 } }], { ...CURRENT_READ, batchSize: BATCH }))
  }
}

/** The hours in which something happened, the first and the last cut to the stretch: what is empty is cut off by halves. */
async function* busyHours(log: Pick<Log, 'isEmpty'>, stretch: TimeRange): AsyncGenerator<TimeRange> {
  if (stretch.from >= stretch.to || (await log.isEmpty(stretch))) return
  const { from, to } = stretch
  const nextHour = endOf('hour', startOf('hour', from))
  if (nextHour >= to) {
    yield stretch
    return
  }
  const half = startOf('hour', new Date((from.getTime() + to.getTime()) / 2))
  const middle = half > from ? half : nextHour
  yield* busyHours(log, { from, to: middle })
  yield* busyHours(log, { from: middle, to })
}
