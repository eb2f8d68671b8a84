import { Type } from '@fastify/type-provider-typebox'
import { LRUCache } from 'lru-cache'
import { fieldProblem } from '../../errors.ts'
import { describedPattern } from '../../lib/patterns.ts'

const DAY_MS = 86_400_000
const MAX_CACHED_ZONES = 100
/** What ICU writes for an offset: GMT, GMT+05:45 or, before zones had whole minutes, GMT-00:44:30. */
const OFFSET = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/

/** Names that ICU knows besides those of the database, many of which mean other zones to most people: BST is Asia/Dhaka. */
const FOREIGN_NAME =
  /^(A[CES]T|AGT|ART|B[ES]T|C[AN]T|C[ST]T|EAT|ECT|I[ES]T|JST|MIT|N[ES]T|P[LNRS]T|SST|VST|SystemV\/.*)$/i

/** Schema of the query parameter `tz`. */
export const Tz = Type.String({
  maxLength: 64,
  pattern: describedPattern('^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$', 'must be the name of a time zone'),
  description:
    'time zone (a name of the IANA database, such as Europe/Zurich) of days and other intervals; UTC by default',
})

/**
 * A time zone of the IANA database, as `Intl` knows it. All times are in ms of the Unix time. A local time is what a clock in the zone
 * shows, as the ms of the same reading in UTC.
 */
export class TimeZone {
  /** The main name of the zone, the same for all its aliases; and the one that it was asked for by. */
  readonly name: string
  readonly label: string
  readonly #format: Intl.DateTimeFormat | undefined

  /** @throws RangeError when there is no zone with the name */
  constructor(name: string) {
    this.label = name
    const format = new Intl.DateTimeFormat('en', { timeZone: name, timeZoneName: 'longOffset' })
    this.name = format.resolvedOptions().timeZone
    this.#format = this.name === 'UTC' ? undefined : format
  }

  /** Returns the offset at a time in ms: local time minus UTC. */
  offsetAt(time: number): number {
    if (!this.#format) return 0
    const [, sign, hours = 0, minutes = 0, seconds = 0] = OFFSET.exec(this.#format.format(time)) ?? []
    const offset = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
    return sign === '-' ? -offset : offset
  }

  /** Returns the local time at a time. */
  localAt(time: number): number {
    return time + this.offsetAt(time)
  }

  /** Returns the first time at which the local time is `local`; where the clock skips it, the time at which the clock is changed. */
  timeOf(local: number): number {
    const offsets = [this.offsetAt(local - DAY_MS), this.offsetAt(local + DAY_MS)]
    const [least, most] = [Math.min(...offsets), Math.max(...offsets)]
    const found = [local - most, local - least].find(time => this.localAt(time) === local)
    return found ?? this.#changeBetween(local - most, local - least)
  }

  /** Returns the first time after `from`, and at most `to`, at which the offset is another than at `from`; undefined if there is none. */
  changeAfter(from: number, to: number): number | undefined {
    for (let start = from; start < to; start += DAY_MS) {
      const end = Math.min(start + DAY_MS, to)
      if (this.offsetAt(end) !== this.offsetAt(start)) return this.#changeBetween(start, end)
    }
    return undefined
  }

  /** Returns the time at which the offset changes, which is another at `to` than at `from`. */
  #changeBetween(from: number, to: number): number {
    const offset = this.offsetAt(from)
    let [before, after] = [from, to]
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2)
      if (this.offsetAt(middle) === offset) before = middle
      else after = middle
    }
    return after
  }
}

export const UTC = new TimeZone('UTC')

const zones = new LRUCache<string, TimeZone>({ max: MAX_CACHED_ZONES })

/** Returns the zone with a name; UTC when undefined. @throws Problem `invalid_request` when there is none */
export function timeZone(name: string | undefined): TimeZone {
  if (name === undefined) return UTC
  const known = zones.get(name)
  if (known) return known
  try {
    if (FOREIGN_NAME.test(name)) throw new RangeError('not a name of the database')
    const zone = new TimeZone(name)
    zones.set(name, zone)
    return zone
  } catch {
    throw fieldProblem('/querystring/tz', 'is not a time zone of the IANA database')
  }
}
