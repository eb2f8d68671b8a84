import { leftOf, type Row, rowWith } from './justified-rows.ts'

export type Arrow = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown'

/** What an arrow key moves in. */
interface Grid {
  rows: readonly Row[]
  ratios: readonly number[]
  gap: number
}

/** Whether a key is an arrow key. */
export function isArrow(key: string): key is Arrow {
  return ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'].includes(key)
}

/** Returns the index of the image that an arrow key leads to; the same one at the edge of the grid. */
export function imageBeside(image: number, arrow: Arrow, grid: Grid): number {
  const last = (grid.rows.at(-1)?.end ?? 1) - 1
  if (arrow === 'ArrowLeft') return Math.max(0, image - 1)
  if (arrow === 'ArrowRight') return Math.min(last, image + 1)
  const row = rowWith(grid.rows, image)
  const next = grid.rows[row + (arrow === 'ArrowUp' ? -1 : 1)]
  const here = grid.rows[row]
  return here && next ? nearest(middleOf(image, here, grid), next, grid) : image
}

/** Returns the index of the image of a row whose middle is nearest. */
function nearest(x: number, row: Row, grid: Grid): number {
  const distance = (image: number) => Math.abs(middleOf(image, row, grid) - x)
  let best = row.first
  for (let image = row.first + 1; image < row.end; image++) if (distance(image) < distance(best)) best = image
  return best
}

function middleOf(image: number, row: Row, { ratios, gap }: Grid): number {
  return leftOf(ratios, row, image, gap) + ((ratios[image] ?? 0) * row.height) / 2
}
