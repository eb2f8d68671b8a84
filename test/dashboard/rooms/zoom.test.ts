import t from 'tap'
import {
  bounded,
  CENTRE,
  FIT,
  type Frame,
  maxScale,
  movedBy,
  scaledTo,
} from '../../../src/dashboard/rooms/image/stage/zoom.ts'

const frame: Frame = { stage: { width: 1000, height: 600 }, fitted: { width: 800, height: 600 }, pixels: 4000 }

/** Returns where a point of the picture is on the stage; points are given in pixels from the centre of the fitted picture. */
function placeOf(point: { x: number; y: number }, { scale, x, y }: typeof FIT) {
  return { x: point.x * scale + x, y: point.y * scale + y }
}

t.test('what is under the pointer stays there', async t => {
  const at = { x: 100, y: -80 }
  const zoom = scaledTo(FIT, 2, at, frame)
  t.same(zoom.scale, 2)
  t.match(placeOf(at, zoom), at)
  const further = scaledTo(zoom, 3, at, frame)
  t.match(placeOf(at, further), at)
})

t.test('no part of the stage is empty that the picture could fill', async t => {
  const zoom = scaledTo(FIT, 2, CENTRE, frame)
  t.same(movedBy(zoom, { x: 5000, y: -5000 }, frame), { scale: 2, x: 300, y: -300 })
  const narrow = { ...frame, fitted: { width: 200, height: 600 } }
  t.same(movedBy(zoom, { x: 50, y: 0 }, narrow).x, 0, 'a picture narrower than the stage stands in its middle')
  t.same(bounded({ scale: 2, x: 300, y: 300 }, { ...frame, stage: { width: 1400, height: 900 } }), {
    scale: 2,
    x: 100,
    y: 150,
  })
})

t.test('a picture is never smaller than where it fits, nor larger than twice its pixels', async t => {
  t.same(scaledTo(scaledTo(FIT, 3, { x: 10, y: 10 }, frame), 0.2, CENTRE, frame), FIT)
  t.same(scaledTo(FIT, 100, CENTRE, frame).scale, 10)
  t.same(maxScale({ ...frame, pixels: 800 }), 4, 'a small file can be enlarged, too')
})
