import { type Instant, instant, shortestBetween } from '../events/clock.ts'
import { HOLD } from '../events/flush.ts'
import { bucketKey } from '../events/grains.ts'
import type { Mark } from '../events/marks.ts'

const MOST = 100_000
/** Nothing is folded again within this, in ms, nor within so many times what its last fold took. */
const GAP = 8_000
const TIMES_ITS_COST = 10
/** A minute that began longer ago than this waits until it is settled: nobody watches it move. */
const CLOSED = 10 * 60_000
const LONGEST_BACK_OFF = 5 * 60_000

interface Seen {
  token: string
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

  /** Takes note of marks that an answer has just shown. */
  note(marks: Mark[]): void {
    const since = instant()
    for (const { _id, token } of marks) {
      const key = bucketKey(_id)
      const known = this.#seen.get(key)
      if (known?.token === token) continue
      this.#seen.delete(key)
      this.#seen.set(key, known ? { ...known, token, since } : { token, since, cost: 0, failures: 0 })
    }
    for (const key of this.#seen.keys()) {
      if (this.#seen.size <= MOST) break
      this.#seen.delete(key)
    }
  }

  /** Whether a noted mark is to be folded now, decided before anything else is read; undefined is not yet. */
  due({ _id, token }: Mark): Due | undefined {
    const seen = this.#seen.get(bucketKey(_id))
    const now = instant()
    if (!seen || seen.token !== token || isResting(seen, now)) return undefined
    if (_id.grain !== 'minute') return 'upper'
    if (shortestBetween(seen.since, now) > HOLD) return 'settled'
    const closed = _id.start !== null && now.wall - _id.start.getTime() > CLOSED
    return closed || seen.foldedToken === token ? undefined : 'fresh'
  }

  /** Its sum was written; `cost` in ms. */
  folded({ _id, token }: Mark, cost: number): void {
    const seen = this.#seen.get(bucketKey(_id))
    if (seen) Object.assign(seen, { foldedToken: token, foldedAt: instant(), cost, failures: 0 })
  }

  /** Its fold failed: it is left alone for longer each time. */
  failed({ _id }: Mark): void {
    const seen = this.#seen.get(bucketKey(_id))
    if (seen) Object.assign(seen, { foldedAt: instant(), failures: seen.failures + 1 })
  }
}

function isResting({ foldedAt, cost, failures }: Seen, now: Instant): boolean {
  if (!foldedAt) return false
  const rest = failures > 0 ? Math.min(LONGEST_BACK_OFF, 1000 * 2 ** failures) : Math.max(GAP, TIMES_ITS_COST * cost)
  return shortestBetween(foldedAt, now) < rest
}
