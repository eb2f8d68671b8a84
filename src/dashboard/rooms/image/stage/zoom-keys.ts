import type { JSX } from 'preact'
import type { Zooming } from './use-zoom.ts'
import type { Place } from './zoom.ts'

/** The factor of a press of + or of its button. */
export const STEP = 1.5
const MOVE_PX = 60
const MOVES: Record<string, Place> = {
  ArrowLeft: { x: MOVE_PX, y: 0 },
  ArrowRight: { x: -MOVE_PX, y: 0 },
  ArrowUp: { x: 0, y: MOVE_PX },
  ArrowDown: { x: 0, y: -MOVE_PX },
}

/** Returns the listener of a stage for keys: + and - enlarge and reduce, 0 fits, arrow keys move an enlarged picture. */
export function zoomKeys({ zoom, scaleBy, moveBy, fit }: Zooming) {
  return (event: JSX.TargetedKeyboardEvent<HTMLElement>) => {
    const { key, ctrlKey, metaKey, altKey } = event
    if (ctrlKey || metaKey || altKey) return
    const move = zoom.scale > 1 ? MOVES[key] : undefined
    if (move) moveBy(move)
    else if (key === '+' || key === '=') scaleBy(STEP)
    else if (key === '-') scaleBy(1 / STEP)
    else if (key === '0') fit()
    else return
    event.preventDefault()
  }
}
