import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { rowAt, rowWith } from '../layout/justified-rows.ts'
import { indexNow, type Layout } from '../layout/layout.ts'

/**
 * Keeps the images at the top of the window where they are when the rows change.
 * @param scrolled how much of the grid was above the window before, in px
 */
export function useAnchor(grid: RefObject<HTMLElement>, layout: Layout, scrolled: RefObject<number>): void {
  const last = useRef(layout)
  useLayoutEffect(() => {
    const before = last.current
    last.current = layout
    const y = scrolled.current ?? 0
    const seen = before.rows[rowAt(before.rows, y)]
    if (y <= 0 || !seen || !grid.current) return
    const row = layout.rows[rowWith(layout.rows, indexNow(before, layout, seen.first))]
    if (!row || row.top === seen.top) return
    // Not by the difference: in a shorter grid, the browser may have scrolled already.
    const top = window.scrollY + grid.current.getBoundingClientRect().top
    window.scrollTo(0, top + y + row.top - seen.top)
  }, [grid, layout, scrolled])
}
