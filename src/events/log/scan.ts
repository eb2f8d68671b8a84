import { batches } from '../../database/batches.ts'
import { CURRENT_READ } from '../../database/connect.ts'
import { SCAN_LIMIT } from '../../database/time-limits.ts'
import type { LoggedEvent } from '../event.ts'
import { timeOfId, timePart } from '../event-id.ts'
import { endOf, startOf } from '../marks/buckets.ts'
import type { Log } from './log.ts'

const BATCH_SIZE = 250

/** From `from` (inclusive) to `to` (exclusive). */
export interface TimeRange {
  from: Date
  to: Date
}

/**
 * Yields the events of a time range in batches, without duplicates, in the order of their ids, which is the order of their times.
 * Reads hour by hour, so that the database never sorts more than an hour. Events stored meanwhile may be included.
 * @param after id of an event: starts with the next one
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
    yield* batches(log.read(match, [{ $sort: { _id: 1 } }], { ...CURRENT_READ, ...SCAN_LIMIT, batchSize: BATCH_SIZE }))
  }
}

/** Yields the hours that contain events, the first and last cut to the range. Skips empty parts by bisection. */
async function* busyHours(log: Pick<Log, 'isEmpty'>, range: TimeRange): AsyncGenerator<TimeRange> {
  if (range.from >= range.to || (await log.isEmpty(range))) return
  const { from, to } = range
  const nextHour = endOf('hour', startOf('hour', from))
  if (nextHour >= to) {
    yield range
    return
  }
  const half = startOf('hour', new Date((from.getTime() + to.getTime()) / 2))
  const middle = half > from ? half : nextHour
  yield* busyHours(log, { from, to: middle })
  yield* busyHours(log, { from: middle, to })
}
