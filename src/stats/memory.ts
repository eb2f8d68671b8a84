import { type Instant, instant, shortestBetween } from '../events/clock.ts'
import { HOLD } from '../events/covered.ts'
import { type Bucket, bucketId, bucketKey, isMarkedBefore } from '../events/grains.ts'
import type { Mark } from '../events/marks.ts'

const MOST = 100_000
/** Nothing is folded again within this, in ms, nor within so many times what its last fold took. */
const GAP = 6_000
const TIMES_ITS_COST = 10
/** A fold that takes longer, in ms, goes to the slow lane. */
const SLOW = 1_000
/** A minute that began longer ago than this waits until it is settled: nobody watches it move. */
const CLOSED = 10 * 60_000
const LONGEST_BACK_OFF = 5 * 60_000

interface Seen {
  bucket: Bucket
  token: string
  /** Its mark was let go: there is nothing to come back for until it is marked again. */
  done: boolean
  /** When the answer that first showed this token had arrived. */
  since: Instant
  foldedToken?: string
  foldedAt?: Instant
  cost: number
  failures: number
}

/** Why a mark is folded now. Only a settled or an upper mark may go after it. */
export type Due = 'fresh' | 'settled' | 'upper'

/** What one folder remembers of the marks it has seen: bounded, and good to lose. */
export class Memory {
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
   * Buckets whose marks are due, as far as is known: those that have waited longest since they were last folded. Of what is slow
   * there is one among them at most, since it is folded one at a time.
   */
  longestDue(most: number): Bucket[] {
    const now = instant()
    const waitingSince = ({ foldedAt, since }: Seen) => (foldedAt ?? since).monotonic
    const due = [...this.#seen.values()]
      .filter(seen => this.#dueOf(seen, now) !== undefined)
      .sort((a, b) => waitingSince(a) - waitingSince(b))
    const quick = due.filter(({ cost }) => cost <= SLOW).slice(0, most)
    const slow = due.filter(({ cost }) => cost > SLOW).slice(0, 1)
    return [...slow, ...quick].map(({ bucket }) => bucket)
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

  /** Whether its last fold took so long that it would hold others up. */
  isSlow(bucket: Bucket): boolean {
    return (this.#seen.get(bucketKey(bucket))?.cost ?? 0) > SLOW
  }

  /**
   * Its sum was written.
   * @param cost what that took, in ms
   * @returns how long the mark had been known, in ms, if this was the first fold for it
   */
  folded({ _id, token }: Mark, cost: number): number | undefined {
    const seen = this.#seen.get(bucketKey(_id))
    if (!seen) return undefined
    const first = seen.token === token && seen.foldedToken !== token
    Object.assign(seen, { foldedToken: token, foldedAt: this.#round, cost, failures: 0 })
    return first ? shortestBetween(seen.since, instant()) : undefined
  }

  /** Its fold failed: it is left alone for longer each time. */
  failed({ _id }: Mark): void {
    const seen = this.#seen.get(bucketKey(_id))
    if (seen) Object.assign(seen, { foldedAt: this.#round, failures: seen.failures + 1 })
  }

  #dueOf(seen: Seen, now: Instant): Due | undefined {
    const { bucket, token, foldedToken, done } = seen
    if (done || isResting(seen, this.#round)) return undefined
    if (!isMarkedBefore(bucket.grain)) return 'upper'
    if (isSettled(seen, now)) return 'settled'
    const closed = bucket.start !== null && now.wall - bucket.start.getTime() > CLOSED
    return closed || foldedToken === token ? undefined : 'fresh'
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

function isSettled({ since }: Seen, now: Instant): boolean {
  return shortestBetween(since, now) > HOLD
}

function isResting({ foldedAt, cost, failures }: Seen, now: Instant): boolean {
  if (!foldedAt) return false
  const rest = failures > 0 ? Math.min(LONGEST_BACK_OFF, 1000 * 2 ** failures) : Math.max(GAP, TIMES_ITS_COST * cost)
  return shortestBetween(foldedAt, now) < rest
}
