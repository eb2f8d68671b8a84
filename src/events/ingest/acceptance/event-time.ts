import type { WireEvent } from '../../event.ts'
import { uuidTime } from '../../event-id.ts'
import { type Rejection, rejection } from '../../rejection.ts'

const MAX_AHEAD_MS = 5 * 60_000

/** Which times are accepted; all in ms. */
export interface TimeBounds {
  /** Unix time. */
  now: number
  /** The acceptance window: how old an event may be. */
  window: number
  /** What is added to the times of the sender, whose clock is wrong. */
  clockOffset: number
}

/** Returns the time of an event. A UUIDv7 carries its own time, another id needs `at`, and with neither it is the present. */
export function timeOfEvent({ id, at }: WireEvent, { now, window, clockOffset }: TimeBounds): Date | Rejection {
  const given = at === undefined ? undefined : parseTime(at)
  if (Number.isNaN(given))
    return rejection('bad_field', 'is not a time (RFC 3339 in UTC, as in 2026-11-01T06:00:00.000Z)', '/at')
  if (id === undefined && given === undefined) return new Date(now)
  const carried = id === undefined ? undefined : uuidTime(id)
  if (carried !== undefined && at !== undefined && !isWrittenAs(carried, at)) {
    return rejection(
      'at_mismatch',
      `differs from the time in the UUIDv7 id, which is ${new Date(carried).toISOString()}`,
      '/at',
    )
  }
  const sent = carried ?? given
  if (sent === undefined)
    return rejection('at_missing', 'an id that is not a UUIDv7 needs the time of the event', '/at')
  const time = sent + clockOffset
  if (time < now - window || time > now + MAX_AHEAD_MS) {
    return rejection(
      'out_of_window',
      `must lie within the last ${window / 86_400_000} days and at most 5 minutes ahead`,
      '/at',
    )
  }
  return new Date(time)
}

/** Whether a time is the given one, as precisely as it is written: clients shorten the time of a UUIDv7 to seconds. */
function isWrittenAs(time: number, at: string): boolean {
  const [, digits = ''] = /\.(\d{1,3})/.exec(at) ?? []
  const unit = 10 ** (3 - digits.length)
  return Math.floor(time / unit) * unit === parseTime(at)
}

/** Parses a time in UTC to ms. @returns NaN for days and hours that do not exist; Date.parse takes the next day instead */
export function parseTime(at: string): number {
  const time = Date.parse(at)
  return new Date(time).getUTCDate() === Number(at.slice(8, 10)) ? time : Number.NaN
}
