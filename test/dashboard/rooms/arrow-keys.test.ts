import t from 'tap'
import { imageBeside, isArrow } from '../../../src/dashboard/rooms/library/layout/arrows.ts'

/** Two wide images above four narrow ones above one. */
const GRID = {
  ratios: [2, 2, 1, 1, 1, 1, 2],
  rows: [
    { first: 0, end: 2, top: 0, height: 100 },
    { first: 2, end: 6, top: 100, height: 100 },
    { first: 6, end: 7, top: 200, height: 100 },
  ],
  gap: 0,
}

t.test('left and right follow the list across rows', async t => {
  t.equal(imageBeside(1, 'ArrowRight', GRID), 2)
  t.equal(imageBeside(2, 'ArrowLeft', GRID), 1)
})

t.test('up and down lead to the image whose middle is nearest', async t => {
  t.equal(imageBeside(1, 'ArrowDown', GRID), 4)
  t.equal(imageBeside(5, 'ArrowUp', GRID), 1)
  t.equal(imageBeside(5, 'ArrowDown', GRID), 6)
})

t.test('the edge of the grid keeps the image', async t => {
  t.equal(imageBeside(0, 'ArrowLeft', GRID), 0)
  t.equal(imageBeside(1, 'ArrowUp', GRID), 1)
  t.equal(imageBeside(6, 'ArrowRight', GRID), 6)
  t.equal(imageBeside(6, 'ArrowDown', GRID), 6)
})

t.test('other keys are no arrows', async t => {
  t.ok(isArrow('ArrowUp'))
  t.notOk(isArrow('Home'))
})
