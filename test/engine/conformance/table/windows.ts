import type { Row } from '../../../helpers/engine/conformance/row.ts'
import { date, double } from '../../../helpers/engine/conformance/values.ts'

const RANKED = [
  [10, 'a'],
  [20, 'a'],
  [20, 'a'],
  [30, 'a'],
  [1, 'b'],
].map(([v, g], i) => ({ _id: i + 1, g, v }))
const POWERS = [1, 2, 4, 8].map((v, _id) => ({ _id, v, t: new Date(v * 86_400_000) }))
const SECONDS = [1, 2, 4].map((v, _id) => ({ _id, v, t: new Date(_id * 1000) }))
const GAPS = [1, null, null, 4].map((v, _id) => ({ _id, v }))
/** Computes a window function, and collects its values in the order of the documents. */
const values = (options: object, r: object) => [
  { $setWindowFields: { ...options, output: { r } } },
  { $sort: { _id: 1 } },
  { $group: { _id: null, r: { $push: '$r' } } },
]
const inOrder = (field: string, r: object) => values({ sortBy: { [field]: 1 } }, r)
const ranks = (r: object) => values({ partitionBy: '$g', sortBy: { v: 1 } }, r)

export const rows: Row[] = [
  { given: RANKED, pipeline: ranks({ $rank: {} }), gives: [{ _id: null, r: [1, 2, 2, 4, 1] }] },
  { given: RANKED, pipeline: ranks({ $denseRank: {} }), gives: [{ _id: null, r: [1, 2, 2, 3, 1] }] },
  {
    given: POWERS,
    pipeline: inOrder('v', { $sum: '$v', window: { documents: ['unbounded', 'current'] } }),
    gives: [{ _id: null, r: [1, 3, 7, 15] }],
  },
  {
    given: POWERS,
    pipeline: inOrder('v', { $avg: '$v', window: { documents: [-1, 0] } }),
    gives: [{ _id: null, r: [double(1), 1.5, double(3), double(6)] }],
  },
  { given: POWERS, pipeline: inOrder('v', { $sum: '$v' }), gives: [{ _id: null, r: [15, 15, 15, 15] }] },
  {
    given: POWERS,
    pipeline: inOrder('v', { $sum: '$v', window: { range: [-2, 0] } }),
    gives: [{ _id: null, r: [1, 3, 6, 8] }],
  },
  {
    given: POWERS,
    pipeline: inOrder('t', { $sum: '$v', window: { range: [-2, 'current'], unit: 'day' } }),
    gives: [{ _id: null, r: [1, 3, 6, 8] }],
  },
  {
    given: POWERS,
    pipeline: inOrder('v', { $shift: { output: '$v', by: 1, default: null } }),
    gives: [{ _id: null, r: [2, 4, 8, null] }],
  },
  {
    given: POWERS,
    pipeline: inOrder('v', { $first: '$v', window: { documents: [-1, 1] } }),
    gives: [{ _id: null, r: [1, 1, 2, 4] }],
  },
  {
    given: POWERS,
    pipeline: inOrder('v', { $last: '$v', window: { documents: [-1, 1] } }),
    gives: [{ _id: null, r: [2, 4, 8, 8] }],
  },
  {
    given: SECONDS,
    pipeline: inOrder('t', { $derivative: { input: '$v', unit: 'second' }, window: { documents: [-1, 0] } }),
    gives: [{ _id: null, r: [null, double(1), double(2)] }],
  },
  {
    given: SECONDS,
    pipeline: inOrder('t', {
      $integral: { input: '$v', unit: 'second' },
      window: { documents: ['unbounded', 'current'] },
    }),
    gives: [{ _id: null, r: [double(0), 1.5, 4.5] }],
  },
  { given: GAPS, pipeline: inOrder('_id', { $locf: '$v' }), gives: [{ _id: null, r: [1, 1, 1, 4] }] },
  {
    given: GAPS,
    pipeline: inOrder('_id', { $linearFill: '$v' }),
    gives: [{ _id: null, r: [1, double(2), double(3), 4] }],
  },
  {
    given: [{ v: 0 }, { v: 3 }],
    pipeline: [{ $densify: { field: 'v', range: { step: 1, bounds: 'full' } } }, { $unset: '_id' }],
    gives: [{ v: 0 }, { v: 1 }, { v: 2 }, { v: 3 }],
  },
  {
    given: [0, 2].map(n => ({ t: new Date(n * 3_600_000) })),
    pipeline: [{ $densify: { field: 't', range: { step: 1, unit: 'hour', bounds: 'full' } } }, { $unset: '_id' }],
    gives: [
      { t: date('1970-01-01T00:00:00Z') },
      { t: date('1970-01-01T01:00:00Z') },
      { t: date('1970-01-01T02:00:00Z') },
    ],
  },
  {
    given: [
      { _id: 1, v: 1 },
      { _id: 2, v: null },
      { _id: 3, v: 3 },
    ],
    pipeline: [{ $fill: { sortBy: { _id: 1 }, output: { v: { method: 'linear' } } } }],
    gives: [
      { _id: 1, v: 1 },
      { _id: 2, v: double(2) },
      { _id: 3, v: 3 },
    ],
  },
  {
    given: [{ _id: 1, s: 'x' }, { _id: 2 }],
    pipeline: [{ $fill: { sortBy: { _id: 1 }, output: { s: { method: 'locf' }, z: { value: 0 } } } }],
    gives: [
      { _id: 1, s: 'x', z: 0 },
      { _id: 2, s: 'x', z: 0 },
    ],
  },
]
