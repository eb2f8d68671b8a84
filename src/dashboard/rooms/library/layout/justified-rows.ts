/** The room for a justified grid, in px. */
export interface Frame {
  width: number
  /** The height that rows should have; they differ from it to fill the width. */
  rowHeight: number
  /** The space between images, and between rows. */
  gap: number
}

/** A row of a justified grid: images of one height that fill the width. */
export interface Row {
  /** The index of its first image. */
  first: number
  /** The index behind its last image. */
  end: number
  /** In px, from the top of the grid. */
  top: number
  height: number
}

/** Returns images, by the ratios of their widths to their heights, in rows. @param isComplete whether the last row may stay unfilled; it is left out otherwise */
export function justifiedRows(ratios: readonly number[], frame: Frame, isComplete: boolean): Row[] {
  const rows: Row[] = []
  let first = 0
  let sum = 0
  let top = 0
  const close = (end: number, height: number) => {
    rows.push({ first, end, top, height })
    top += height + frame.gap
    first = end
    sum = 0
  }
  for (const [index, ratio] of ratios.entries()) {
    const without = filledHeight(sum, index - first, frame)
    const withIt = filledHeight(sum + ratio, index - first + 1, frame)
    if (index > first && withIt <= frame.rowHeight && isCloser(without, withIt, frame.rowHeight)) close(index, without)
    sum += ratio
    const height = filledHeight(sum, index - first + 1, frame)
    if (height <= frame.rowHeight) close(index + 1, height)
  }
  const isLeft = first < ratios.length
  if (isLeft && isComplete) {
    close(ratios.length, Math.min(frame.rowHeight, filledHeight(sum, ratios.length - first, frame)))
  }
  return rows
}

/** Returns the height of all rows. */
export function heightOf(rows: readonly Row[]): number {
  const last = rows.at(-1)
  return last ? last.top + last.height : 0
}

/** Returns the index of the row at a height: the first one above all rows, the last one below them. */
export function rowAt(rows: readonly Row[], y: number): number {
  return lastIndex(rows, ({ top }) => top <= y)
}

/** Returns the index of the row with an image; the last one for an image behind all rows. */
export function rowWith(rows: readonly Row[], image: number): number {
  return lastIndex(rows, ({ first }) => first <= image)
}

/** Returns where an image begins in its row, in px from the left. */
export function leftOf(ratios: readonly number[], { first, height }: Row, image: number, gap: number): number {
  let left = 0
  for (let before = first; before < image; before++) left += (ratios[before] ?? 0) * height + gap
  return left
}

/** Returns the height of so many images, whose ratios have a sum, when they fill the width. */
function filledHeight(sum: number, count: number, { width, gap }: Frame): number {
  return (width - gap * (count - 1)) / sum
}

/** Whether the first height differs from a wanted one by a smaller factor than the second one does. */
function isCloser(higher: number, lower: number, wanted: number): boolean {
  return higher / wanted < wanted / lower
}

/** Returns the index of the last item for which a condition holds that holds for all items before, too; 0 when it holds for none. */
function lastIndex<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  let low = 0
  let high = items.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const item = items[middle]
    if (item !== undefined && holds(item)) low = middle
    else high = middle - 1
  }
  return Math.max(0, low)
}
