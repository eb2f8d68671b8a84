import { report } from '../report.ts'
import { type Place, placeOf } from './place.ts'

/** An image counts when it is seen for so long. */
const SEEN_MS = 1_000
/** A browser that crashes loses no more of a stay. */
const PIECE_MS = 60_000

/** An image is seen in an element, from when it comes into view until it leaves, or the tab is left. */
export interface Stay {
  /** Measures the time, or pauses. */
  measure(isOn: boolean): void
  /** Notes that something was scrolled. */
  scroll(): void
  /** Notes how much of the image has been seen, from 0 to 1. */
  deepen(depth: number): void
  end(): void
}

/** @param onSeen called once it has been seen for a second */
export function createStay(imageId: string, element: Element, onSeen: (place: Place) => void): Stay {
  /** The time that was measured, in ms, and since when it is measured further. */
  let total = 0
  let since: number | undefined
  /** The least time that counts: a second, of which pieces have been reported later. */
  let least = SEEN_MS
  /** Where it was seen; undefined before. */
  let place: Place | undefined
  let isScrolled = false
  let depth = 0
  let pieceTimer: number | undefined
  const seenTimer = setTimeout(() => {
    place = placeOf(element, imageId)
    onSeen(place)
  }, SEEN_MS)

  function run() {
    if (since !== undefined) return
    since = performance.now()
    pieceTimer = setTimeout(() => {
      reportTime()
      run()
    }, PIECE_MS - total)
  }

  function pause() {
    if (since !== undefined) total += performance.now() - since
    since = undefined
    clearTimeout(pieceTimer)
  }

  function reportTime() {
    pause()
    const durationMs = Math.min(PIECE_MS, Math.round(total))
    total -= durationMs
    if (place && durationMs >= least) report({ type: 'dwell', durationMs, ...place })
    least = 1
  }

  return {
    measure: isOn => (isOn ? run() : pause()),
    scroll() {
      isScrolled = true
    },
    deepen(more) {
      depth = Math.max(depth, more)
    },
    end() {
      clearTimeout(seenTimer)
      reportTime()
      if (place && isScrolled) report({ type: 'scroll', imageId, depth: Math.round(depth * 100) / 100 })
    },
  }
}
