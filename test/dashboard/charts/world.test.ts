import { gzipSync } from 'node:zlib'
import countries from 'i18n-iso-countries'
import t from 'tap'
import { drawWorld } from '../../../src/dashboard/build/world.ts'
import { stepOf } from '../../../src/dashboard/charts/map/steps.ts'

t.test('the map has every country but Antarctica, and is small', t => {
  const { outlines, spots, width, height } = drawWorld()
  const drawn = new Set([...Object.keys(outlines), ...Object.keys(spots)])
  const missing = Object.keys(countries.getAlpha2Codes()).filter(code => !drawn.has(code))
  t.ok(missing.length < 20, missing.join())
  t.ok(['CH', 'SG', 'XK', 'FR', 'NO'].every(code => drawn.has(code)))
  t.notOk('AQ' in outlines)
  for (const [x, y] of Object.values(spots)) t.ok(x >= 0 && x <= width && y >= 0 && y <= height)
  t.ok(gzipSync(JSON.stringify(outlines)).length < 30_000)
  t.end()
})

t.test('a country without a number has no colour, the largest has the strongest', t => {
  t.same(
    [0, 1, 11, 12, 99, 333, 400, 1000].map(value => stepOf(value, 1000)),
    [0, 1, 1, 1, 3, 4, 5, 5],
  )
  t.same(
    [0, 1].map(value => stepOf(value, 1)),
    [0, 5],
  )
  t.end()
})
