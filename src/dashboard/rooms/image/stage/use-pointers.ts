import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import type { Zooming } from './use-zoom.ts'
import type { Place } from './zoom.ts'

type PointerEvent = JSX.TargetedPointerEvent<HTMLElement>

/** Moves the picture with one pointer, and enlarges it with two. @returns the listeners of the stage */
export function usePointers({ zoom, scaleBy, moveBy, placeOf }: Zooming) {
  const pointers = useRef(new Map<number, Place>())

  function onPointerDown(event: PointerEvent) {
    if (event.button !== 0) return
    pointers.current.set(event.pointerId, placeOf(event))
    if (zoom.scale > 1 || pointers.current.size > 1) event.currentTarget.setPointerCapture(event.pointerId)
  }

  function onPointerMove(event: PointerEvent) {
    const from = pointers.current.get(event.pointerId)
    if (!from) return
    const to = placeOf(event)
    const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1]
    pointers.current.set(event.pointerId, to)
    if (other) scaleBy(distance(to, other) / Math.max(1, distance(from, other)), middle(to, other), true)
    const by = { x: to.x - from.x, y: to.y - from.y }
    // Of two pointers, each moves the middle by half.
    moveBy(other ? { x: by.x / 2, y: by.y / 2 } : by, true)
  }

  function onPointerEnd({ pointerId }: PointerEvent) {
    pointers.current.delete(pointerId)
  }

  return { onPointerDown, onPointerMove, onPointerUp: onPointerEnd, onPointerCancel: onPointerEnd }
}

function distance(a: Place, b: Place): number {
  return Math.hypot(a.x - b.x, a.y - b.y)
}

function middle(a: Place, b: Place): Place {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }
}
