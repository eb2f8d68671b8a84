import type { Deed } from '../event.ts'
import { type Place, placeOf } from './place.ts'
import { Stopwatch } from './stopwatch.ts'

/** An image counts when it is seen for so long. */
const SEEN_MS = 1_000
/** A browser that crashes loses no more of a stay. */
const PIECE_MS = 60_000

type Report = (deed: Deed) => void

/** An image is seen, from when it comes into view until it leaves, or the tab is left. */
export class Stay {
  readonly imageId: string
  readonly element: Element
  readonly #report: Report
  readonly #watch = new Stopwatch()
  readonly #seenTimer: number
  #pieceTimer: number | undefined
  #isSeen = false
  #pieces = 0
  /** How much of the image has been seen; undefined while nothing was scrolled. */
  depth = 0
  isScrolled = false

  /** @param onSeen called once it has been seen for a second */
  constructor(imageId: string, element: Element, report: Report, onSeen: (stay: Stay) => void) {
    this.imageId = imageId
    this.element = element
    this.#report = report
    this.#seenTimer = setTimeout(() => {
      this.#isSeen = true
      onSeen(this)
    }, SEEN_MS)
  }

  /** Where the image is. */
  get place(): Place {
    return placeOf(this.element, this.imageId)
  }

  /** Measures the time while the visitor is active. */
  measure(isActive: boolean): void {
    const now = performance.now()
    clearTimeout(this.#pieceTimer)
    if (!isActive) {
      this.#watch.pause(now)
      return
    }
    this.#watch.start(now)
    this.#pieceTimer = setTimeout(() => this.#reportPiece(), PIECE_MS - this.#watch.read(now))
  }

  end(): void {
    clearTimeout(this.#seenTimer)
    clearTimeout(this.#pieceTimer)
    if (!this.#isSeen) return
    this.#reportTime(this.#pieces > 0 ? 1 : SEEN_MS)
    if (this.isScrolled) this.#report({ type: 'scroll', imageId: this.imageId, depth: this.depth })
  }

  #reportPiece(): void {
    this.#reportTime(1)
    this.#pieces++
    this.measure(true)
  }

  #reportTime(least: number): void {
    const durationMs = this.#watch.take(performance.now(), PIECE_MS)
    if (durationMs >= least) this.#report({ type: 'dwell', imageId: this.imageId, durationMs, ...this.place })
  }
}
