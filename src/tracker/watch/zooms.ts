import type { Deed } from '../event.ts'
import { imageOfEvent } from './image-of.ts'

/** A gesture is over after such a pause. */
const PAUSE_MS = 500
/** A smaller change is no zoom. */
const LEAST = 0.05
/** How much a pixel of a turn of the wheel enlarges; a pinch on a touchpad is sent as turns with the control key. */
const RATE = 0.01
const MAX_TURN = 25

interface Gesture {
  imageId: string
  scale: number
  /** The distance of the fingers when it began. */
  start: number
}

/** Counts the zooms of an image by pinching or by the wheel with the control key: one for each gesture, with the scale that it reached. */
export class Zooms {
  readonly #report: (deed: Deed) => void
  #gesture: Gesture | undefined
  #timer: number | undefined

  constructor(report: (deed: Deed) => void) {
    this.#report = report
  }

  watch(root: Document | ShadowRoot): void {
    const options = { capture: true, passive: true }
    root.addEventListener('wheel', event => this.#turn(event as WheelEvent), options)
    root.addEventListener('touchstart', event => this.#pinch(event as TouchEvent), options)
    root.addEventListener('touchmove', event => this.#pinch(event as TouchEvent), options)
  }

  #turn(event: WheelEvent): void {
    if (!event.ctrlKey) return
    const gesture = this.#gestureAt(event, 0)
    const turn = Math.max(-MAX_TURN, Math.min(MAX_TURN, event.deltaY))
    if (gesture) gesture.scale *= Math.exp(-turn * RATE)
  }

  #pinch(event: TouchEvent): void {
    const [one, other] = event.touches
    if (!one || !other) return
    const distance = Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY)
    const gesture = this.#gestureAt(event, distance)
    if (gesture?.start) gesture.scale = distance / gesture.start
  }

  /** Returns the gesture that goes on, or begins at an image, and waits for its end. */
  #gestureAt(event: Event, start: number): Gesture | undefined {
    const imageId = this.#gesture?.imageId ?? imageOfEvent(event)?.imageId
    if (imageId === undefined) return undefined
    this.#gesture ??= { imageId, scale: 1, start }
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.end(), PAUSE_MS)
    return this.#gesture
  }

  /** Counts the gesture that goes on. */
  end(): void {
    clearTimeout(this.#timer)
    const { imageId, scale: own = 1 } = this.#gesture ?? {}
    this.#gesture = undefined
    // The browser has enlarged the page by itself, if the app does not.
    const ofPage = visualViewport?.scale ?? 1
    const scale = Math.round((ofPage === 1 ? own : ofPage) * 100) / 100
    if (imageId && Math.abs(scale - 1) >= LEAST) this.#report({ type: 'zoom', imageId, scale })
  }
}
