import { type Clock, type Instant, instant, shortestBetween } from '../../events/log/clock.ts'
import { type Bucket, bucketId, bucketKey, endOf, isMarkedBefore } from '../../events/marks/buckets.ts'
import type { Mark } from '../../events/marks/marks.ts'
import { HOLD_MS, REUSE_MS } from '../../events/marks/writer-marks.ts'
import { OPEN_MS } from '../partials/partials.ts'

const MAX_ENTRIES = 100_000
/** The number of fresh buckets of a round. */
const MAX_FRESH = 1_000
/** The number of images of a round whose other buckets are rolled up, with what lies above them, which takes longer. */
const MAX_IMAGES = 400
/** Beside fresh buckets a round takes a tenth of these images, and at least so many: people wait for the fresh ones. */
const MIN_IMAGES = 50
/** The shortest time between two roll-ups of a bucket; a bucket also waits for `COST_FACTOR` times its last duration. */
const MIN_INTERVAL_MS = 2_000
const COST_FACTOR = 10
/** A bucket whose roll-up takes longer goes to the slow lane. */
const SLOW_MS = 1_000
/** No writer reuses a token that has stood for longer; it settles soon, so one roll-up is enough. */
const QUIET_AFTER_MS = (REUSE_MS + HOLD_MS) / 2
/** When a token has stood for so long, the sums contain all its events: writers use it until then, and write their sums each second. */
const COMPLETE_AFTER_MS = HOLD_MS + 1_500
const MAX_BACKOFF_MS = 5 * 60_000

/** What the worker knows of one mark; `cost` is the duration of its last roll-up in ms. */
interface Entry {
  bucket: Bucket
  token: string
  /** The mark was deleted: the bucket waits until it is marked again. */
  done: boolean
  /** When the reply that first contained this token arrived. */
  since: Instant
  /** The round of the last attempt; before it, the first sight of the mark. */
  waitingSince: Instant
  rolledUpToken?: string
  rolledUpAt?: Instant
  cost: number
  failures: number
}

/** Why a bucket is rolled up now. Only a settled mark, or one of a longer grain, may be deleted afterwards. */
type Due = 'fresh' | 'settled' | 'upper'

/** Decides when each marked bucket is rolled up. Held in memory and bounded; a new process starts with an empty one. */
export class MarkSchedule {
  readonly #now: Clock
  readonly #entries = new Map<string, Entry>()
  #round: Instant

  constructor(now: Clock = instant) {
    this.#now = now
    this.#round = now()
  }

  /**
   * Begins a round. All buckets of a round count as rolled up at its beginning, so that a bucket and those above it become due in
   * the same round; otherwise each grain would lag one round behind the one below it.
   */
  beginRound(): void {
    this.#round = this.#now()
  }

  /** Records marks that the database has just returned. */
  note(marks: Mark[]): void {
    const since = this.#now()
    for (const { _id, token } of marks) {
      const key = bucketKey(_id)
      const known = this.#entries.get(key)
      if (known?.token === token) continue
      this.#entries.delete(key)
      const bucket = bucketId(_id)
      this.#entries.set(key, { cost: 0, failures: 0, waitingSince: since, ...known, bucket, token, since, done: false })
    }
    if (this.#entries.size > MAX_ENTRIES) this.#makeRoom()
  }

  /** Whether there is room for more marks; if not, the scan over all marks pauses. */
  get hasRoom(): boolean {
    return this.#entries.size < MAX_ENTRIES
  }

  /**
   * Returns the due buckets that have waited longest since they were tried last: the fresh ones, and all others of some images, so that
   * what lies above them is rolled up once. Contains at most one slow bucket, since the slow lane takes one at a time.
   */
  longestDue(): Bucket[] {
    const now = this.#now()
    const due = [...this.#entries.values()]
      .filter(entry => this.#dueOf(entry, now) !== undefined)
      .sort((a, b) => a.waitingSince.monotonic - b.waitingSince.monotonic)
    const slow = due.filter(({ cost }) => cost > SLOW_MS)
    const quick = due.filter(({ cost }) => cost <= SLOW_MS)
    const fresh = quick.filter(entry => this.#dueOf(entry, now) === 'fresh').slice(0, MAX_FRESH)
    const others = quick.filter(entry => this.#dueOf(entry, now) !== 'fresh')
    const waiting = [...new Set(others.map(({ bucket }) => bucket.imageId))]
    const few = Math.max(MIN_IMAGES, Math.ceil(waiting.length / 10))
    const images = new Set(waiting.slice(0, fresh.length > 0 ? Math.min(few, MAX_IMAGES) : MAX_IMAGES))
    const together = others.filter(({ bucket }) => images.has(bucket.imageId)).slice(0, 2 * MAX_IMAGES)
    return [...slow.slice(0, 1), ...fresh, ...together].map(({ bucket }) => bucket)
  }

  /** Records that the marks of these buckets no longer exist. */
  forget(buckets: Bucket[]): void {
    for (const bucket of buckets) {
      const entry = this.#entries.get(bucketKey(bucket))
      if (entry) entry.done = true
    }
  }

  /**
   * Returns why a recorded mark is due now; undefined when it is not. The worker asks before it reads the sources: only a mark that
   * was settled before may be deleted after them.
   */
  due({ _id, token }: Mark): Due | undefined {
    const entry = this.#entries.get(bucketKey(_id))
    return entry?.token === token ? this.#dueOf(entry, this.#now()) : undefined
  }

  /** Whether the last roll-up of a bucket took so long that it would delay the others of a round. */
  isSlow(bucket: Bucket): boolean {
    return (this.#entries.get(bucketKey(bucket))?.cost ?? 0) > SLOW_MS
  }

  /**
   * Records that a roll-up was written.
   * @param cost duration in ms
   * @returns how long the mark had been known, in ms, if this was its first roll-up
   */
  rolledUp({ _id, token }: Mark, cost: number): number | undefined {
    const entry = this.#entries.get(bucketKey(_id))
    if (!entry) return undefined
    const isFirst = entry.token === token && entry.rolledUpToken !== token
    const now = { rolledUpAt: this.#round, waitingSince: this.#round }
    Object.assign(entry, now, { rolledUpToken: token, cost, failures: 0 })
    return isFirst ? shortestBetween(entry.since, this.#now()) : undefined
  }

  /** Records that the roll-up of a bucket failed; the next attempt waits twice as long as the one before. */
  failed({ _id }: Mark): void {
    const entry = this.#entries.get(bucketKey(_id))
    const now = { rolledUpAt: this.#round, waitingSince: this.#round }
    if (entry) Object.assign(entry, now, { failures: entry.failures + 1 })
  }

  /** Records that a fresh bucket could not be rolled up yet: it is due again at once, after those that have waited longer. */
  postponed({ _id }: Mark): void {
    const entry = this.#entries.get(bucketKey(_id))
    if (entry) entry.waitingSince = this.#round
  }

  #dueOf(entry: Entry, now: Instant): Due | undefined {
    const { bucket, token, rolledUpToken, done } = entry
    if (done || isResting(entry, this.#round)) return undefined
    if (!isMarkedBefore(bucket.grain)) return 'upper'
    const over = isOver(bucket, now)
    if (over && hasStood(entry, HOLD_MS, now)) return 'settled'
    const closed = bucket.start !== null && now.wall - bucket.start.getTime() > OPEN_MS
    const settlesSoon = over && hasStood(entry, QUIET_AFTER_MS, now)
    const isRolledUp = rolledUpToken === token && (isComplete(entry) || !hasStood(entry, COMPLETE_AFTER_MS, now))
    return closed || settlesSoon || isRolledUp ? undefined : 'fresh'
  }

  /** Removes the entries that are done, then the oldest ones: the scan over all marks will find their marks again. */
  #makeRoom(): void {
    for (const [key, { done }] of this.#entries) if (done) this.#entries.delete(key)
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= MAX_ENTRIES) break
      this.#entries.delete(key)
    }
  }
}

/** Whether a minute has ended. Before that its mark does not settle, so that the log is read once for all of its events. */
function isOver({ grain, start }: Bucket, now: Instant): boolean {
  return grain !== 'minute' || start === null || now.wall >= endOf(grain, start).getTime()
}

/** Whether the token of a mark has stood unchanged for longer than `time` ms. */
function hasStood({ since }: Entry, time: number, now: Instant): boolean {
  return shortestBetween(since, now) > time
}

/** Whether the last roll-up contains all events that were stored under the token. */
function isComplete({ since, rolledUpAt }: Entry): boolean {
  return rolledUpAt !== undefined && shortestBetween(since, rolledUpAt) > COMPLETE_AFTER_MS
}

function isResting({ rolledUpAt, cost, failures }: Entry, now: Instant): boolean {
  if (!rolledUpAt) return false
  const backoff = Math.min(MAX_BACKOFF_MS, 1000 * 2 ** failures)
  const interval = Math.max(MIN_INTERVAL_MS, COST_FACTOR * cost)
  return shortestBetween(rolledUpAt, now) < (failures > 0 ? backoff : interval)
}
