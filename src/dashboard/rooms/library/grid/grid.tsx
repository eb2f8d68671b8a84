import type { RefObject } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { useIsReturn } from '../../../hooks/use-is-return.ts'
import { Failure } from '../../../ui/feedback/failure.tsx'
import { heightOf, leftOf, rowWith } from '../layout/justified-rows.ts'
import { imageAt, type Layout, layOut, pagesOf } from '../layout/layout.ts'
import { isComplete, UNREAD } from '../layout/pages.ts'
import type { ImageQuery, Sort } from '../view/use-view.ts'
import styles from './grid.module.css'
import { keepPlace, keptPlace } from './kept-places.ts'
import { numberOf } from './number-of.ts'
import { EmptyTile, Tile } from './tile.tsx'
import { useActs } from './use-acts.ts'
import { useAnchor } from './use-anchor.ts'
import { useFocus } from './use-focus.ts'
import { useIsFast } from './use-is-fast.ts'
import { usePages } from './use-pages.ts'
import { useWidth } from './use-width.ts'
import { useWindow } from './use-window.ts'

interface GridProps {
  query: ImageQuery
  /** Names the list: where it was left is remembered by it. */
  path: string
  sort: Sort
}

/** A list of images in rows of equal height. Only the rows near the window are in the DOM, and only pages near them in memory. */
export function Grid({ query, path, sort }: GridProps) {
  const grid = useRef<HTMLUListElement>(null)
  const scrolled = useRef(0)
  const [place] = useState(() => keptPlace(path))
  const [pages, setPages] = useState(place?.pages ?? UNREAD)
  const [active, setActive] = useState(place?.active ?? 0)
  const width = useWidth(grid)
  const layout = useMemo(() => layOut(pages, width), [pages, width])
  useAnchor(grid, layout, scrolled)
  const isFast = useIsFast()
  const visible = useWindow(grid, layout.rows, scrolled)
  const failed = usePages(query, pages, pagesOf(layout, visible.from, visible.to), setPages)
  const focus = useFocus(grid)
  const moveTo = (index: number) => {
    setActive(index)
    focus(index)
  }
  const acts = useActs({ query, layout, moveTo, setActive })
  useReturn(grid, layout, place?.scrolled, () => focus(active))
  useKeeping(path, () => ({ pages, scrolled: scrolled.current, active }))

  const isWhole = isComplete(pages)
  const count = layout.ratios.length
  const shown = indexesOf(layout, visible, Math.min(active, count - 1))
  return (
    <>
      <ul ref={grid} class={styles.grid} style={{ height: heightOf(layout.rows) }} aria-label="Images">
        {shown.map(index => {
          const found = imageAt(layout, index)
          const box = boxOf(layout, index)
          if (!found) return <EmptyTile key={index} {...box} />
          return (
            <Tile
              key={`${found.page} ${found.image.id}`}
              {...box}
              image={found.image}
              index={index}
              number={numberOf(found.image, sort)}
              isActive={index === Math.min(active, count - 1)}
              isFast={isFast}
              acts={acts}
            />
          )
        })}
      </ul>
      {failed ? <Failure {...failed} /> : !isWhole && <SkeletonTiles />}
    </>
  )
}

/** Takes the place of rows that are being read. */
export function SkeletonTiles({ rows = 1 }: { rows?: number }) {
  return (
    <div class={styles.skeleton} aria-busy="true">
      <span class={styles.words}>Loading</span>
      {Array.from({ length: rows * TILES_OF_ROW.length }, (_, tile) => (
        <div key={tile} style={{ flexGrow: TILES_OF_ROW[tile % TILES_OF_ROW.length] }} />
      ))}
    </div>
  )
}

const TILES_OF_ROW = [3, 4, 3, 5, 3]

/** Scrolls to where the list was left, once its rows are known again. */
function useReturn(
  grid: RefObject<HTMLElement>,
  { rows }: Layout,
  left: number | undefined,
  focusLast: () => void,
): void {
  const isReturn = useIsReturn()
  const isDone = useRef(false)
  useLayoutEffect(() => {
    if (isDone.current || rows.length === 0 || !grid.current) return
    isDone.current = true
    if (!isReturn || left === undefined) return
    window.scrollBy(0, grid.current.getBoundingClientRect().top + left)
    focusLast()
  }, [grid, rows, isReturn, left])
}

/** Remembers where the list is left. */
function useKeeping(path: string, place: () => Parameters<typeof keepPlace>[1]): void {
  const last = useRef(place)
  last.current = place
  useEffect(() => () => keepPlace(path, last.current()), [path])
}

/** Returns the images of the visible rows, and the one that the tab key leads to. */
function indexesOf({ rows }: Layout, { from, to }: { from: number; to: number }, active: number): number[] {
  const first = rows[from]?.first ?? 0
  const end = rows[to - 1]?.end ?? 0
  const visible = Array.from({ length: Math.max(0, end - first) }, (_, place) => first + place)
  if (rows.length === 0 || active < 0) return visible
  if (active < first) return [active, ...visible]
  return active >= end ? [...visible, active] : visible
}

/** Returns where an image is in the grid, in px. */
function boxOf({ rows, ratios, frame }: Layout, index: number) {
  const row = rows[rowWith(rows, index)]
  if (!row) return { left: 0, top: 0, width: 0, height: 0 }
  const width = (ratios[index] ?? 0) * row.height
  return { left: leftOf(ratios, row, index, frame.gap), top: row.top, width, height: row.height }
}
