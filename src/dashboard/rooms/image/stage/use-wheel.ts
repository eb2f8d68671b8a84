import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import type { Zooming } from './use-zoom.ts'

/** Turns of the wheel that follow each other so soon belong together. */
const PAUSE_MS = 250
/** How much a pixel of a turn enlarges; browsers send a pinch on a touchpad as turns with the control key, of fewer pixels. */
const RATES = { turn: 0.002, pinch: 0.01 }
const PIXELS_OF_MODE = [1, 16, 400]

/**
 * Enlarges by the wheel. The wheel scrolls the page instead while the picture fits and the page can be scrolled that way; turns that
 * began as one of both go on so.
 * @param isAlone the stage fills the window: there is nothing to scroll
 * @returns the listener of the stage
 */
export function useWheel({ zoom, scaleBy, placeOf }: Zooming, isAlone: boolean) {
  const last = useRef({ at: 0, isOurs: false })
  return (event: JSX.TargetedWheelEvent<HTMLElement>) => {
    const isFollowUp = event.timeStamp - last.current.at < PAUSE_MS
    const isZoom = isAlone || zoom.scale > 1 || (event.deltaY < 0 && window.scrollY <= 0)
    const isOurs = event.ctrlKey || event.metaKey || (isFollowUp ? last.current.isOurs : isZoom)
    last.current = { at: event.timeStamp, isOurs }
    if (!isOurs) return
    event.preventDefault()
    const pixels = event.deltaY * (PIXELS_OF_MODE[event.deltaMode] ?? 1)
    const rate = event.ctrlKey && Math.abs(pixels) < 50 ? RATES.pinch : RATES.turn
    scaleBy(Math.exp(-pixels * rate), placeOf(event), true)
  }
}
