import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

/** Returns a function that focuses an image as soon as it is in the DOM, and scrolls to it. */
export function useFocus(grid: RefObject<HTMLElement>): (index: number) => void {
  const awaited = useRef<number>()
  useLayoutEffect(() => {
    const link = grid.current?.querySelector<HTMLElement>(`[data-index="${awaited.current}"]`)
    if (!link) return
    awaited.current = undefined
    link.focus({ preventScroll: true })
    link.scrollIntoView({ block: 'nearest' })
  })
  return index => {
    awaited.current = index
  }
}
