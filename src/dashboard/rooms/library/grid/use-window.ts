import type { RefObject } from 'preact'
import { type MutableRef, useLayoutEffect, useState } from 'preact/hooks'
import { type Row, rowAt } from '../layout/justified-rows.ts'

/** Rows in the DOM reach so many heights of the window above and below it. */
const AHEAD = 1

/** The rows in the DOM. */
interface Visible {
  from: number
  /** The index behind the last row. */
  to: number
}

/**
 * Returns the rows of a grid that are near the window.
 * @param scrolled is set to how much of the grid is above the window, in px
 */
export function useWindow(grid: RefObject<HTMLElement>, rows: Row[], scrolled: MutableRef<number>): Visible {
  const [visible, setVisible] = useState<Visible>({ from: 0, to: 0 })

  useLayoutEffect(() => {
    function look() {
      if (!grid.current) return
      const top = -grid.current.getBoundingClientRect().top
      scrolled.current = top
      const ahead = AHEAD * window.innerHeight
      const from = rowAt(rows, top - ahead)
      const to = Math.min(rows.length, rowAt(rows, top + window.innerHeight + ahead) + 1)
      setVisible(before => (before.from === from && before.to === to ? before : { from, to }))
    }

    look()
    window.addEventListener('scroll', look, { passive: true })
    window.addEventListener('resize', look)
    return () => {
      window.removeEventListener('scroll', look)
      window.removeEventListener('resize', look)
    }
  }, [grid, rows, scrolled])

  return visible
}
