/** Counts zooms of images by pinching, or by the wheel with the control key: one for each gesture. */
import { report } from '../report.ts'
import { imageOfEvent } from './image-of.ts'
import { listen } from './listen.ts'

/** A gesture is over after such a pause. */
const PAUSE_MS = 500
/** A smaller change is no zoom. */
const LEAST = 0.05
/** A pixel of a turn enlarges by a hundredth, as apps do, up to so much: a pinch on a touchpad is sent as many small turns. */
const MAX_TURN = 0.25
const PIXELS = 25

/** Of the gesture that goes on: its image, the scale, and the distance of the fingers at its beginning. */
let imageId: string | undefined
let scale = 1
let start = 0
let timer: number | undefined

export function watchZooms(): void {
  listen(document, 'wheel', turn)
  listen(document, 'touchstart', pinch)
  listen(document, 'touchmove', pinch)
}

/** Goes on with a gesture, or begins one. @returns whether it is one on an image */
function go(event: Event): boolean {
  imageId ??= imageOfEvent(event)?.imageId
  clearTimeout(timer)
  timer = setTimeout(endZoom, PAUSE_MS)
  return imageId !== undefined
}

function turn(event: WheelEvent): void {
  if (!event.ctrlKey || !go(event)) return
  scale *= Math.exp(-MAX_TURN * Math.tanh(event.deltaY / PIXELS))
}

function pinch(event: TouchEvent): void {
  const [one, other] = event.touches
  if (!one || !other || !go(event)) return
  const distance = Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY)
  start ||= distance
  scale = distance / start
}

/** Counts the gesture that goes on, if there is one, with the scale that it has reached. */
export function endZoom(): void {
  // The browser has enlarged the page by itself, if the app does not.
  const ofPage = visualViewport?.scale ?? 1
  const reached = Math.round((ofPage === 1 ? scale : ofPage) * 100) / 100
  if (imageId && Math.abs(reached - 1) >= LEAST) report({ type: 'zoom', imageId, scale: reached })
  clearTimeout(timer)
  imageId = undefined
  scale = 1
  start = 0
}
