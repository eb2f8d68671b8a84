import type { Image, ListedImage, Page } from '../../../api/types.ts'

/** A page of a list. All pages keep what their place in the grid depends on; only those near the visible ones keep their images. */
export interface LoadedPage {
  /** Where the page begins. */
  cursor: string | null
  /** How wide each image is in proportion to its height; empty before the page is read. */
  ratios: number[]
  images: ListedImage[] | undefined
}

/** The list before anything of it is read. */
export const UNREAD: LoadedPage[] = [unread(null)]

/** Images that are narrower or wider are shown with space beside them: others could not be seen next to them. */
const NARROWEST = 0.4
const WIDEST = 6

/**
 * Returns the pages after one of them was read. The next page begins where this one ends: a page behind an upload or a deletion is read
 * again from there, and is shown as it was until then.
 */
export function withPage(pages: LoadedPage[], index: number, { items, nextCursor }: Page<ListedImage>): LoadedPage[] {
  const page = pages[index]
  if (!page) return pages
  const read = { cursor: page.cursor, ratios: items.map(ratioOf), images: items }
  const before = pages.slice(0, index)
  if (nextCursor === null) return [...before, read]
  const [next = unread(nextCursor), ...others] = pages.slice(index + 1)
  return [...before, read, next.cursor === nextCursor ? next : { ...next, cursor: nextCursor }, ...others]
}

/** Returns the pages without the images of those that are further away than so many pages. */
export function forgetFar(pages: LoadedPage[], from: number, to: number, distance: number): LoadedPage[] {
  const isFar = (index: number) => index < from - distance || index > to + distance
  if (!pages.some(({ images }, index) => images && isFar(index))) return pages
  return pages.map((page, index) => (isFar(index) ? { ...page, images: undefined } : page))
}

/** Whether the end of the list is read. */
export function isComplete(pages: LoadedPage[]): boolean {
  const last = pages.at(-1)
  return last !== undefined && (last.images !== undefined || last.ratios.length > 0)
}

/** Returns the indexes of the first images of the pages. */
export function startsOf(pages: LoadedPage[]): number[] {
  let start = 0
  return pages.map(({ ratios }) => {
    start += ratios.length
    return start - ratios.length
  })
}

/** Returns the index of the page with an image. */
export function pageWith(starts: number[], image: number): number {
  return Math.max(
    0,
    starts.findLastIndex(start => start <= image),
  )
}

/** Returns the ratio in which an image is shown. */
function ratioOf({ width, height }: Image): number {
  return Math.min(WIDEST, Math.max(NARROWEST, width / height))
}

function unread(cursor: string | null): LoadedPage {
  return { cursor, ratios: [], images: undefined }
}
