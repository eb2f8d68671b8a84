import fc from 'fast-check'
import { mongo } from 'mongoose'
import t from 'tap'
import { EVENT_TYPES } from '../../src/events/event.ts'
import { type EventGroup, Sum, type SumParts } from '../../src/rollups/aggregation/sum.ts'
import { ACCURACY, Distribution } from '../../src/rollups/sketches/distribution.ts'
import { People } from '../../src/rollups/sketches/people.ts'
import { blockOf, likeRatio } from '../../src/stats/block.ts'
import { hashPerson } from '../helpers/log.ts'

/** Puts a list in an order, and cuts it, as drawn numbers say. */
function dealt<Item>(items: Item[], lots: number[], piles: number): Item[][] {
  const dealt: Item[][] = Array.from({ length: piles }, () => [])
  const mixed = items.map((item, i) => ({ item, lot: (lots[i % lots.length] ?? 0) * ((i * 7919) % 65_537) }))
  for (const { item, lot } of mixed.sort((a, b) => a.lot - b.lot)) dealt[lot % piles]?.push(item)
  return dealt
}

/** Merges sketches in pairs, in an order of its own, as minutes become hours and hours days. */
function treeOf(parts: SumParts[], lots: number[]): SumParts {
  const waiting = [...parts]
  for (let i = 0; waiting.length > 1; i++) {
    const lot = lots[i % lots.length] ?? 0
    const [a] = waiting.splice(lot % waiting.length, 1)
    const [b] = waiting.splice((lot >> 8) % waiting.length, 1)
    const sum = new Sum()
    for (const one of [a, b]) if (one) sum.add(one)
    waiting.push(sum.parts())
  }
  return waiting[0] ?? new Sum().parts()
}

const lots = fc.array(fc.nat(65_535), { minLength: 5, maxLength: 40 })

const group: fc.Arbitrary<EventGroup> = fc
  .record({
    type: fc.constantFrom(...EVENT_TYPES),
    country: fc.option(fc.constantFrom('CH', 'DE', 'FR'), { nil: undefined }),
    people: fc
      .record({ first: fc.nat(3_000), size: fc.oneof(fc.nat(5), fc.nat(400)) })
      .map(({ first, size }) => Array.from({ length: size }, (_, i) => hashPerson(`p${first + i}`))),
    values: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }),
  })
  .map(({ type, country, people, values }) => {
    const scaled = {
      dwell: (v: number) => Math.floor(v ** 4 * 86_400_000),
      rating: (v: number) => 1 + Math.floor(v * 4.99),
    }
    const scale = type === 'dwell' || type === 'rating' ? scaled[type] : (v: number) => v
    return { type, ...(country ? { country } : {}), count: people.length + 1, people, values: values.map(scale) }
  })

t.test('any split and any order of merging yields the same bytes', async t => {
  fc.assert(
    fc.property(fc.array(group, { maxLength: 30 }), lots, fc.integer({ min: 1, max: 9 }), (groups, lots, piles) => {
      const whole = new Sum()
      for (const one of groups) whole.addEvents(one)
      const sums = dealt(groups, lots, piles).map(pile => {
        const sum = new Sum()
        for (const one of pile) sum.addEvents(one)
        return sum.parts()
      })
      t.strictSame(treeOf(sums, lots), whole.parts())
    }),
    { numRuns: 1_000 },
  )
})

t.test('a sum that is stored and read repeatedly stays the same', async t => {
  fc.assert(
    fc.property(fc.array(group, { maxLength: 30 }), groups => {
      const sum = new Sum()
      for (const one of groups) sum.addEvents(one)
      const parts = sum.parts()
      const again = new Sum()
      again.add(parts)
      t.strictSame(again.parts(), parts)
      t.strictSame(blockOf(again), blockOf(sum))
    }),
    { numRuns: 500 },
  )
})

t.test('quantiles are within one percent of the true ones, whatever the values', async () => {
  const value = fc.oneof(
    fc.integer({ min: 0, max: 86_400_000 }),
    fc.integer({ min: 0, max: 100 }),
    fc.integer({ min: 0, max: 27 }).map(exponent => Math.min(86_400_000, 2 ** exponent)),
  )
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 200 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, share) => {
        const spread = new Distribution({ smallest: 1, largest: 86_400_000 })
        for (const one of values) spread.add(one)
        const sorted = values.toSorted((a, b) => a - b)
        const truth = sorted[Math.floor(share * (values.length - 1))] ?? 0
        const found = spread.quantile(share) ?? Number.NaN
        return Math.abs(found - truth) <= truth * (ACCURACY + 1e-9)
      },
    ),
    { numRuns: 5_000 },
  )
})

t.test('the number of bins is bounded, whatever the values', async t => {
  const spread = new Distribution({ smallest: 1, largest: 86_400_000 })
  for (let value = 0; value < 2_000_000; value += 37) spread.add(value)
  for (let value = 1; value < 1e12; value *= 1.003) spread.add(value)
  for (let i = 0; i < 100_000; i++) spread.add(5_000)
  t.ok(spread.bytes().length < 3_000, `${spread.bytes().length} bytes`)
  t.equal(new Distribution({ smallest: 1, largest: 10 }).quantile(0.5), null)
})

t.test('people are counted exactly up to 256, and beyond within the stated error', async t => {
  const exact = new People()
  for (let i = 0; i < 256; i++) exact.add(hashPerson(`e${i}`))
  for (let i = 0; i < 256; i++) exact.add(hashPerson(`e${i}`))
  t.same(exact.count(), { value: 256, exact: true, error: 0 })
  exact.add(hashPerson('one more'))
  t.equal(exact.count().exact, false)

  let within = 0
  let farthest = 0
  const runs = 120
  for (let run = 0; run < runs; run++) {
    const people = new People()
    const size = Math.floor(257 * 40 ** (run / runs))
    for (let i = 0; i < size; i++) people.add(hashPerson(`${run}-${i}`))
    const { value, error } = people.count()
    const off = Math.abs(value - size) / size
    if (off <= error) within++
    farthest = Math.max(farthest, off / error)
  }
  t.ok(within >= runs * 0.95, `${within} of ${runs} within the error`)
  t.ok(farthest < 2, `none farther than ${farthest.toFixed(2)} times the error`)
})

t.test('a stored sum is small, for ten events and for a hundred thousand', async t => {
  const sizeOf = (events: number) => {
    const sum = new Sum()
    for (let i = 0; i < events; i++) {
      const type = (['impression', 'view', 'dwell', 'scroll', 'click'] as const)[i % 5] ?? 'view'
      const values = type === 'dwell' ? [(i * 7919) % 60_000] : type === 'scroll' ? [(i % 1000) / 1000] : []
      const country = ['CH', 'DE', 'FR', 'IT', 'US', 'JP', 'BR', 'IN'][i % 8]
      sum.addEvents({ type, country: country ?? 'CH', count: 1, people: [hashPerson(`s${i}`)], values })
    }
    return mongo.BSON.calculateObjectSize({ ...sum.parts() })
  }
  const [few, many] = [sizeOf(10), sizeOf(100_000)]
  t.comment(`10 events: ${few} bytes, 100,000: ${many} bytes`)
  t.ok(few < 1_000)
  t.ok(many < 10_000)
})

t.test('smoothing: one of one does not rank above nine hundred of a thousand', async t => {
  const of = (counts: [EventGroup['type'], number][]) => {
    const sum = new Sum()
    for (const [type, count] of counts) sum.addEvents({ type, count, people: [], values: [] })
    return blockOf(sum)
  }
  const [one, many] = [
    of([
      ['click', 1],
      ['impression', 1],
    ]),
    of([
      ['click', 900],
      ['impression', 1000],
    ]),
  ]
  t.ok((one.ctr ?? 1) < (many.ctr ?? 0))
  t.ok((likeRatio({ likes: 1, dislikes: 0 }) ?? 1) < (likeRatio({ likes: 900, dislikes: 100 }) ?? 0))
  t.equal(
    of([
      ['click', 30],
      ['impression', 1],
    ]).ctr,
    1,
    'never more than all',
  )
  t.same([of([]).ctr, likeRatio({ likes: 0, dislikes: 0 }), of([]).dwell, of([]).rating], [null, null, null, null])
})
