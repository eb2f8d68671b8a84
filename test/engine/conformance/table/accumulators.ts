import type { Row } from '../../../helpers/engine/conformance/row.ts'
import { decimal, double, long, MAX_INT } from '../../../helpers/engine/conformance/values.ts'

/** Groups all documents into one. */
const all = (accumulators: object) => [{ $group: { _id: null, ...accumulators } }, { $unset: '_id' }]
const sorted = (accumulators: object) => [{ $sort: { _id: 1 } }, ...all(accumulators)]
const MIXED = [
  { _id: 1, v: 1, t: 'a' },
  { _id: 2, v: 3 },
  { _id: 3, v: 'x', t: null },
]
const NUMBERS = [
  { _id: 1, v: 1 },
  { _id: 2, v: 3 },
  { _id: 3, v: 2 },
]
const NOTHING = [{ _id: 1, v: null }, { _id: 2 }]
const FIVE = [1, 2, 3, 4, 5].map(v => ({ _id: v, v }))
const ITEMS = [
  ['a', 3],
  ['b', 9],
  ['a', 1],
  ['b', 7],
  ['a', 2],
  ['b', 8],
].map(([g, v], _id) => ({ _id, g, v }))

export const rows: Row[] = [
  { given: MIXED, pipeline: all({ r: { $sum: '$v' } }), gives: [{ r: 4 }] },
  { given: MIXED, pipeline: all({ r: { $avg: '$v' } }), gives: [{ r: double(2) }] },
  { given: MIXED, pipeline: all({ r: { $max: '$v' } }), gives: [{ r: 'x' }] },
  { given: MIXED, pipeline: all({ r: { $min: '$v' } }), gives: [{ r: 1 }] },
  { given: MIXED, pipeline: all({ r: { $count: {} } }), gives: [{ r: 3 }] },
  { given: MIXED, pipeline: sorted({ r: { $first: '$t' } }), gives: [{ r: 'a' }] },
  { given: MIXED, pipeline: sorted({ r: { $last: '$t' } }), gives: [{ r: null }] },
  { given: MIXED, pipeline: sorted({ r: { $push: '$t' } }), gives: [{ r: ['a', null] }] },
  { given: NOTHING, pipeline: all({ r: { $sum: '$v' } }), gives: [{ r: 0 }] },
  { given: NOTHING, pipeline: all({ r: { $avg: '$v' } }), gives: [{ r: null }] },
  { given: NOTHING, pipeline: all({ r: { $max: '$v' } }), gives: [{ r: null }] },
  { given: NOTHING, pipeline: all({ r: { $min: '$v' } }), gives: [{ r: null }] },
  { given: [], pipeline: all({ r: { $sum: 1 } }), gives: [] },
  { given: [{ v: MAX_INT }, { v: 1 }], pipeline: all({ r: { $sum: '$v' } }), gives: [{ r: long(2_147_483_648) }] },
  {
    given: [{ v: decimal('0.1') }, { v: 1 }, { v: 'x' }],
    pipeline: all({ r: { $sum: '$v' } }),
    gives: [{ r: decimal('1.1') }],
  },
  { given: [{ v: 1 }, { v: 2 }], pipeline: all({ r: { $avg: '$v' } }), gives: [{ r: 1.5 }] },
  { given: NUMBERS, pipeline: all({ r: { $stdDevPop: '$v' } }), gives: [{ r: 0.816496580927726 }] },
  { given: NUMBERS, pipeline: all({ r: { $top: { sortBy: { v: -1 }, output: '$_id' } } }), gives: [{ r: 2 }] },
  { given: NUMBERS, pipeline: all({ r: { $bottom: { sortBy: { v: -1 }, output: '$_id' } } }), gives: [{ r: 1 }] },
  { given: NUMBERS, pipeline: all({ r: { $topN: { n: 2, sortBy: { v: 1 }, output: '$v' } } }), gives: [{ r: [1, 2] }] },
  { given: NUMBERS, pipeline: all({ r: { $maxN: { n: 2, input: '$v' } } }), gives: [{ r: [3, 2] }] },
  {
    given: FIVE,
    pipeline: all({ r: { $percentile: { input: '$v', p: [0.5, 0.9], method: 'approximate' } } }),
    gives: [{ r: [double(3), double(5)] }],
  },
  { given: FIVE, pipeline: all({ r: { $median: { input: '$v', method: 'approximate' } } }), gives: [{ r: double(3) }] },
  {
    given: [
      { _id: 1, o: { a: 1 } },
      { _id: 2, o: { b: 2 } },
    ],
    pipeline: sorted({ r: { $mergeObjects: '$o' } }),
    gives: [{ r: { a: 1, b: 2 } }],
  },
  { given: [{ v: 1 }, {}], pipeline: all({ r: { $push: '$v' } }), gives: [{ r: [1] }] },
  {
    given: [{ v: 1 }, {}],
    pipeline: all({ r: { $addToSet: '$v' } }),
    gives: [{ r: [1] }],
  },
  {
    given: [{ v: 1 }, { v: double(1) }, { v: long(1) }],
    pipeline: [...all({ r: { $addToSet: '$v' } }), { $set: { r: { $size: '$r' } } }],
    gives: [{ r: 1 }],
  },
  {
    given: [{ v: 1 }, { v: [1] }],
    pipeline: [...all({ r: { $addToSet: '$v' } }), { $set: { r: { $size: '$r' } } }],
    gives: [{ r: 2 }],
  },
  {
    given: [{ _id: 1 }, { _id: 2, v: 1 }, { _id: 3 }],
    pipeline: sorted({ f: { $first: '$v' }, l: { $last: '$v' } }),
    gives: [{ f: null, l: null }],
  },
  {
    given: ITEMS,
    pipeline: [{ $sort: { v: 1 } }, { $group: { _id: '$g', v: { $push: '$v' } } }, { $sort: { _id: 1 } }],
    gives: [
      { _id: 'a', v: [1, 2, 3] },
      { _id: 'b', v: [7, 8, 9] },
    ],
  },
  {
    given: ITEMS,
    pipeline: [
      { $sort: { v: 1 } },
      { $group: { _id: '$g', v: { $push: '$v' } } },
      { $set: { v: { $slice: ['$v', 2] } } },
      { $sort: { _id: 1 } },
    ],
    gives: [
      { _id: 'a', v: [1, 2] },
      { _id: 'b', v: [7, 8] },
    ],
  },
]
