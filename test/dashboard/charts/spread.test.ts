import fc from 'fast-check'
import t from 'tap'
import { spread } from '../../../src/dashboard/charts/time-chart/plot/spread.ts'

const GAP = 10
const END = 200

t.test('labels that are apart stay where they are', t => {
  t.same(spread([50, 10, 90], GAP, END), [50, 10, 90])
  t.end()
})

t.test('labels do not overlap, stay in the room and in their order', t => {
  const positions = fc.array(fc.integer({ min: 0, max: END }), { maxLength: END / GAP })
  const isWellPlaced = (wanted: number[]) => {
    const placed = spread(wanted, GAP, END)
    const inOrder = wanted.map((_, i) => i).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0) || a - b)
    const tops = inOrder.map(i => placed[i] ?? Number.NaN)
    return tops.every((top, i) => top >= 0 && top <= END && (i === 0 || top - (tops[i - 1] ?? 0) >= GAP))
  }
  fc.assert(fc.property(positions, isWellPlaced))
  t.end()
})
