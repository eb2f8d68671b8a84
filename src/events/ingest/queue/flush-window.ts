/** How long a flush should take, in ms. */
const TARGET_MS = 1_000
/** A flush that took less than this is far from the limit: the window doubles. */
const QUICK_MS = TARGET_MS / 4
const FIRST_SIZE = 100
const MIN_SIZE = 10
const MAX_SIZE = 5_000
const STEP = 25
/** Events enter the queue only if they can be stored within this time. */
const MAX_WAIT_MS = 5_000

/**
 * The number of events of a flush. Like a congestion window it grows while full flushes are quick, by steps near the target, and
 * shrinks by half or more as soon as one takes too long.
 */
export class FlushWindow {
  readonly #flushes: number
  #size = FIRST_SIZE
  #isKnown = false

  /** @param flushes how many flushes run at once */
  constructor(flushes: number) {
    this.#flushes = flushes
  }

  /** How many events the next flush may take. */
  get size(): number {
    return this.#size
  }

  /** Whether a flush has taken too long, so that the size says what the database can store. */
  get isKnown(): boolean {
    return this.#isKnown
  }

  /** How many events may wait: those that can be stored in 5 s; Infinity while no flush has taken too long. */
  get capacity(): number {
    return this.#isKnown ? (this.#size * this.#flushes * MAX_WAIT_MS) / TARGET_MS : Number.POSITIVE_INFINITY
  }

  /** Records a flush. @param time in ms, with all attempts */
  record(events: number, time: number): void {
    const isFull = events >= this.#size
    if (time > TARGET_MS) {
      this.#isKnown = true
      // A small flush that takes long says nothing about the cost of an event.
      const smaller = isFull ? Math.min(events / 2, (events * TARGET_MS) / time) : this.#size / 2
      this.#size = Math.max(MIN_SIZE, Math.floor(Math.min(this.#size, smaller)))
    } else if (isFull) {
      this.#size = Math.min(MAX_SIZE, time < QUICK_MS ? 2 * this.#size : this.#size + STEP)
    }
  }
}
