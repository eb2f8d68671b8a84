import t from 'tap'
import {
  type Frame,
  heightOf,
  justifiedRows,
  leftOf,
  rowAt,
  rowWith,
} from '../../../src/dashboard/rooms/library/layout/justified-rows.ts'

const FRAME: Frame = { width: 1000, rowHeight: 200, gap: 4 }

/** The ratios of so many images, of every form from a column to a panorama; the same ones in each run. */
function manyRatios(count: number): number[] {
  let state = 7
  return Array.from({ length: count }, () => {
    state = (state * 16_807) % 2_147_483_647
    return 0.4 + (5.6 * state) / 2_147_483_647
  })
}

/** The width that the images of a row take, with the gaps between them. */
function widthOf(ratios: number[], row: { first: number; end: number; height: number }, gap: number): number {
  const last = row.end - 1
  return leftOf(ratios, row as Parameters<typeof leftOf>[1], last, gap) + (ratios[last] ?? 0) * row.height
}

t.test('each row fills the width, but the last one', async t => {
  const ratios = manyRatios(500)
  const rows = justifiedRows(ratios, FRAME, true)
  for (const row of rows.slice(0, -1)) t.ok(Math.abs(widthOf(ratios, row, FRAME.gap) - FRAME.width) < 0.001)
  t.ok(widthOf(ratios, rows.at(-1) ?? { first: 0, end: 0, height: 0 }, FRAME.gap) <= FRAME.width + 0.001)
})

t.test('each image is in one row, in order', async t => {
  const rows = justifiedRows(manyRatios(500), FRAME, true)
  t.equal(rows[0]?.first, 0)
  t.equal(rows.at(-1)?.end, 500)
  t.same(
    rows.slice(1).map(({ first }) => first),
    rows.slice(0, -1).map(({ end }) => end),
  )
})

t.test('rows stand below each other with the gap between them', async t => {
  const rows = justifiedRows(manyRatios(100), FRAME, true)
  for (const [index, row] of rows.entries()) {
    t.equal(row.top, index === 0 ? 0 : (rows[index - 1]?.top ?? 0) + (rows[index - 1]?.height ?? 0) + FRAME.gap)
  }
  t.equal(heightOf(rows), (rows.at(-1)?.top ?? 0) + (rows.at(-1)?.height ?? 0))
})

t.test('rows of photographs have about the wanted height', async t => {
  const ratios = Array.from({ length: 300 }, (_, index) => [4 / 3, 3 / 4, 3 / 2, 1, 16 / 9][index % 5] ?? 1)
  for (const { height } of justifiedRows(ratios, FRAME, true)) t.ok(height > 150 && height < 270, `${height}`)
})

t.test('an unfilled last row waits for more images, or is not higher than wanted at the end of the list', async t => {
  const ratios = [1, 1]
  t.same(justifiedRows(ratios, FRAME, false), [])
  t.same(justifiedRows(ratios, FRAME, true), [{ first: 0, end: 2, top: 0, height: 200 }])
})

t.test('further images leave the rows before as they are', async t => {
  const ratios = manyRatios(300)
  const before = justifiedRows(ratios.slice(0, 200), FRAME, false)
  t.same(justifiedRows(ratios, FRAME, false).slice(0, before.length), before)
})

t.test('a panorama has a row of its own, in the width of a phone', async t => {
  const rows = justifiedRows([1, 1, 6, 1], { width: 328, rowHeight: 120, gap: 4 }, true)
  t.ok(rows.some(({ first, end }) => first === 2 && end === 3))
})

t.test('no images have no rows', async t => {
  t.same(justifiedRows([], FRAME, true), [])
  t.equal(heightOf([]), 0)
})

t.test('rows are found by a height and by an image', async t => {
  const rows = justifiedRows(manyRatios(500), FRAME, true)
  for (const [index, { first, end, top, height }] of rows.entries()) {
    t.equal(rowAt(rows, top), index)
    t.equal(rowAt(rows, top + height), index)
    t.equal(rowWith(rows, first), index)
    t.equal(rowWith(rows, end - 1), index)
  }
  t.equal(rowAt(rows, -100), 0)
  t.equal(rowAt(rows, 1e9), rows.length - 1)
})
