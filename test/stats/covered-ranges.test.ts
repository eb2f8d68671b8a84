import fc from 'fast-check'
import t from 'tap'
import { endOf, startOf } from '../../src/events/marks/buckets.ts'
import { rangesBetween } from '../../src/stats/covered-ranges.ts'

t.test('a range is covered by at most seven ranges of buckets, without gaps or overlaps', async t => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2_000_000 }), fc.integer({ min: 1, max: 200_000 }), (first, length) => {
      const [from, to] = [first, first + length].map(minute => new Date(Date.UTC(2026, 0) + minute * 60_000))
      if (!from || !to) return
      const ranges = rangesBetween(from, to)
      let at = from.getTime()
      for (const stretch of ranges) {
        t.equal(stretch.from?.getTime(), at)
        at = stretch.to?.getTime() ?? 0
      }
      t.equal(at, to.getTime())
      t.ok(ranges.length <= 7)
    }),
  )
})

t.test('buckets of the first century begin in it', async t => {
  const at = new Date('0001-02-03T04:05:06Z')
  t.equal(startOf('day', at).toISOString(), '0001-02-03T00:00:00.000Z')
  t.equal(startOf('month', at).toISOString(), '0001-02-01T00:00:00.000Z')
  t.equal(endOf('month', startOf('month', new Date('0099-12-31T00:00:00Z'))).toISOString(), '0100-01-01T00:00:00.000Z')
})
