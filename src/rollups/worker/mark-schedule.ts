import { type Instant, instant, shortestBetween } from '../../events/log/clock.ts'
import { type Bucket, bucketId, bucketKey, isMarkedBefore } from '../../events/marks/buckets.ts'
import type { Mark } from '../../events/marks/marks.ts'
import { HOLD_MS, REUSE_MS } from '../../events/marks/writer-marks.ts'

const MOST = 100_000
/** Nothing is folded again within this, in ms, nor within so many times what its last fold took. */
const GAP = 6_000
const TIMES_ITS_COST = 10
/** A fold that takes longer, in ms, goes to the slow lane. */
const SLOW = 1_000
/** A minute that began longer ago than this waits until it is settled: nobody watches it move. */
const CLOSED = 10 * 60_000
/** Nobody leans on a token that has stood for longer than this, in ms; it settles soon, and one fold is enough. */
const QUIET = (REUSE_MS + HOLD_MS) / 2
const LONGEST_BACK_OFF = 5 * 60_000

interface Seen {
  bucket: Bucket
  token: string
  /** Its mark was let go: there is nothing to come back for until it is marked again. */
  done: boolean
  /** When the answer that first showed this token had arrived. */
  since: Instant
  rolledUpToken?: string
  rolledUpAt?: Instant
  cost: number
  failures: number
}

/** Why a mark is folded now. Only a settled or an upper mark may go after it. */
type Due = 'fresh' | 'settled' | 'upper'

const NEVER_MARKED = ''

/** What one folder remembers of the marks it has seen: bounded, and good to lose. */
export class MarkSchedule {
  readonly #seen = new Map<string, Seen>()
  #round = instant()

  /**
   * A round begins: all that it folds counts as folded now. What is summed from one another keeps in step that way; else each
   * grain would come a round later than the one below it.
   */
  beginRound(): void {
    this.#round = instant()
  }

  /** Takes note of marks that an answer has just shown. */
  note(marks: Mark[]): void {
    const since = instant()
    for (const { _id, token } of marks) {
      const key = bucketKey(_id)
      const known = this.#seen.get(key)
      if (known?.token === token) continue
      this.#seen.delete(key)
      const bucket = bucketId(_id)
      this.#seen.set(key, { cost: 0, failures: 0, ...known, bucket, token, since, done: false })
    }
    if (this.#seen.size > MOST) this.#makeRoom()
  }

  /** Whether more can be remembered; if not, the ring waits. */
  get hasRoom(): boolean {
    return this.#seen.size < MOST
  }

  /**
   * Buckets whose marks are due, as far as is known: those of the images that have waited longest since they were last folded, so
   * that what is above them is summed once. Of what is slow there is one at most, since it is folded one at a time.
   * @param most images; of their buckets twice as many, as where one minute ends and the next begins
   */
  longestDue(most: number): Bucket[] {
    const now = instant()
    const waitingSince = ({ rolledUpAt, since }: Seen) => (rolledUpAt ?? since).monotonic
    const due = [...this.#seen.values()]
      .filter(seen => this.#dueOf(seen, now) !== undefined)
      .sort((a, b) => waitingSince(a) - waitingSince(b))
    const quick = due.filter(({ cost }) => cost <= SLOW)
    const slow = due.filter(({ cost }) => cost > SLOW)
    const images = new Set(quick.slice(0, most).map(({ bucket }) => bucket.imageId))
    const together = quick.filter(({ bucket }) => images.has(bucket.imageId)).slice(0, 2 * most)
    return [...slow.slice(0, 1), ...together].map(({ bucket }) => bucket)
  }

  /** Their marks are gone. */
  forget(buckets: Bucket[]): void {
    for (const bucket of buckets) {
      const seen = this.#seen.get(bucketKey(bucket))
      if (seen) seen.done = true
    }
  }

  /** Whether a noted mark is to be folded now, decided before anything else is read; undefined is not yet. */
  due({ _id, token }: Mark): Due | undefined {
    const seen = this.#seen.get(bucketKey(_id))
    return seen?.token === token ? this.#dueOf(seen, instant()) : undefined
  }

  /** Whether a bucket may be folded again, marked or not. */
  isRested(bucket: Bucket): boolean {
    const seen = this.#seen.get(bucketKey(bucket))
    return !seen || !isResting(seen, this.#round)
  }

  /** Whether its last fold took so long that it would hold others up. */
  isSlow(bucket: Bucket): boolean {
    return (this.#seen.get(bucketKey(bucket))?.cost ?? 0) > SLOW
  }

  /**
   * Its sum was written.
   * @param token of the mark it was folded for; none where it was folded along
   * @param cost what that took, in ms
   * @returns how long the mark had been known, in ms, if this was the first fold for it
   */
  rolledUp(bucket: Bucket, token: string | undefined, cost: number): number | undefined {
    const seen = this.#seenOf(bucket)
    const first = seen.token === token && seen.rolledUpToken !== token
    Object.assign(
      seen,
      { rolledUpAt: this.#round, cost, failures: 0 },
      token === undefined ? {} : { rolledUpToken: token },
    )
    return first ? shortestBetween(seen.since, instant()) : undefined
  }

  /** Its fold failed: it is left alone for longer each time. */
  failed(bucket: Bucket): void {
    const seen = this.#seenOf(bucket)
    Object.assign(seen, { rolledUpAt: this.#round, failures: seen.failures + 1 })
  }

  #seenOf(bucket: Bucket): Seen {
    const key = bucketKey(bucket)
    const seen = this.#seen.get(key) ?? {
      bucket,
      token: NEVER_MARKED,
      done: true,
      since: this.#round,
      cost: 0,
      failures: 0,
    }
    this.#seen.set(key, seen)
    return seen
  }

  #dueOf(seen: Seen, now: Instant): Due | undefined {
    const { bucket, token, rolledUpToken, done } = seen
    if (done || isResting(seen, this.#round)) return undefined
    if (!isMarkedBefore(bucket.grain)) return 'upper'
    if (hasStood(seen, HOLD_MS, now)) return 'settled'
    const closed = bucket.start !== null && now.wall - bucket.start.getTime() > CLOSED
    return closed || hasStood(seen, QUIET, now) || rolledUpToken === token ? undefined : 'fresh'
  }

  /** What is done goes first; then the oldest, whose marks the ring will show again. */
  #makeRoom(): void {
    for (const [key, { done }] of this.#seen) if (done) this.#seen.delete(key)
    for (const key of this.#seen.keys()) {
      if (this.#seen.size <= MOST) break
      this.#seen.delete(key)
    }
  }
}

function hasStood({ since }: Seen, time: number, now: Instant): boolean {
  return shortestBetween(since, now) > time
}

function isResting({ rolledUpAt, cost, failures }: Seen, now: Instant): boolean {
  if (!rolledUpAt) return false
  const rest = failures > 0 ? Math.min(LONGEST_BACK_OFF, 1000 * 2 ** failures) : Math.max(GAP, TIMES_ITS_COST * cost)
  return shortestBetween(rolledUpAt, now) < rest
}
