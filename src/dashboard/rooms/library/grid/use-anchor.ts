import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { rowAt, rowWith } from '../layout/justified-rows.ts'
import { indexNow, type Layout } from '../layout/layout.ts'

/** Keeps the images at the top of the window where they are when rows above them change. @param scrolled how much of the grid is above the window */
export function useAnchor(layout: Layout, scrolled: RefObject<number>): void {
  const last = useRef(layout)
  useLayoutEffect(() => {
    const before = last.current
    last.current = layout
    const y = scrolled.current ?? 0
    const seen = before.rows[rowAt(before.rows, y)]
    if (y <= 0 || !seen) return
    const row = layout.rows[rowWith(layout.rows, indexNow(before, layout, seen.first))]
    if (row && row.top !== seen.top) window.scrollBy(0, row.top - seen.top)
  }, [layout, scrolled])
}
