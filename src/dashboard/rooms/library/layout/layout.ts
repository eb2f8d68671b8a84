import type { ListedImage } from '../../../api/types.ts'
import { type Frame, justifiedRows, type Row } from './justified-rows.ts'
import { isComplete, type LoadedPage, pageWith, startsOf } from './pages.ts'

const GAP = 4
/** Rows are a fifth as high as the grid is wide, within these bounds. */
const ROW_SHARE = 0.2
const LOWEST = 108
const HIGHEST = 220
/** The next page is read when so few rows are left. */
const ROWS_AHEAD = 10

/** Where all images of a list are, as far as it is read. */
export interface Layout {
  frame: Frame
  rows: Row[]
  ratios: number[]
  pages: LoadedPage[]
  /** The indexes of the first images of the pages. */
  starts: number[]
}

/** Returns where the images of a list are in a grid of a width. */
export function layOut(pages: LoadedPage[], width: number): Layout {
  const rowHeight = Math.min(HIGHEST, Math.max(LOWEST, ROW_SHARE * width))
  const frame = { width, rowHeight, gap: GAP }
  const ratios = pages.flatMap(page => page.ratios)
  const rows = width === 0 ? [] : justifiedRows(ratios, frame, isComplete(pages))
  return { frame, rows, ratios, pages, starts: startsOf(pages) }
}

/** Returns an image by its index, and its page; undefined while it is not in memory. */
export function imageAt({ pages, starts }: Layout, index: number): { image: ListedImage; page: number } | undefined {
  const page = pageWith(starts, index)
  const image = pages[page]?.images?.[index - (starts[page] ?? 0)]
  return image && { image, page }
}

/** Returns the indexes of the pages that rows need, the first and the last; the next one, too, where the read ones end. */
export function pagesOf({ pages, starts, rows }: Layout, from: number, to: number): { from: number; to: number } {
  const isAtEnd = !isComplete(pages) && to >= rows.length - ROWS_AHEAD
  return {
    from: pageWith(starts, rows[from]?.first ?? 0),
    to: isAtEnd ? pages.length - 1 : pageWith(starts, (rows[to - 1]?.end ?? 1) - 1),
  }
}

/** Returns the index that an image of another layout of the list has now, by its page and its place in it. */
export function indexNow(before: Layout, now: Layout, index: number): number {
  const page = pageWith(before.starts, index)
  return (now.starts[page] ?? 0) + index - (before.starts[page] ?? 0)
}
