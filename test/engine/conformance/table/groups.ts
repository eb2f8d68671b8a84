import type { Row } from '../../../helpers/engine/conformance/row.ts'
import { date, double, long } from '../../../helpers/engine/conformance/values.ts'

const TAGS = ['a', 'b', 'b', 'c', 'b', 'a'].map((t, _id) => ({ _id, t }))
const VALUES = [1, 5, 9, 15].map(v => ({ _id: v, v }))
const SIX = [1, 2, 3, 4, 5, 6].map(v => ({ _id: v, v }))
const count = (key: unknown) => ({ $group: { _id: key, n: { $sum: 1 } } })

export const rows: Row[] = [
  {
    given: [{ k: null }, {}, { k: 1 }, { k: double(1) }, { k: long(1) }],
    pipeline: [count('$k'), { $sort: { _id: 1 } }, { $set: { _id: { $toInt: '$_id' } } }],
    gives: [
      { _id: null, n: 2 },
      { _id: 1, n: 3 },
    ],
  },
  {
    given: [{ a: 1 }, { a: 1, b: null }, { a: 1, b: null }],
    pipeline: [count({ a: '$a', b: '$b' }), { $sort: { n: 1 } }],
    gives: [
      { _id: { a: 1 }, n: 1 },
      { _id: { a: 1, b: null }, n: 2 },
    ],
  },
  { given: [{ a: 1 }], pipeline: [{ $group: { _id: { a: '$a', b: '$b' } } }], gives: [{ _id: { a: 1 } }] },
  {
    given: [{ k: [1, 2] }, { k: [1, 2] }, { k: [2, 1] }],
    pipeline: [count('$k'), { $sort: { n: 1 } }],
    gives: [
      { _id: [2, 1], n: 1 },
      { _id: [1, 2], n: 2 },
    ],
  },
  {
    given: [{ k: 'a' }, { k: 'A' }],
    pipeline: [{ $group: { _id: '$k' } }, { $sort: { _id: 1 } }],
    gives: [{ _id: 'A' }, { _id: 'a' }],
  },
  {
    given: Array.from({ length: 20 }, (_, i) => ({ a: i % 4, b: i % 2 })),
    pipeline: [count({ a: '$a', b: '$b' }), { $match: { '_id.a': 3 } }],
    gives: [{ _id: { a: 3, b: 1 }, n: 5 }],
  },
  {
    given: [{ t: ['a', 'b'] }, { t: ['b'] }, { t: [] }],
    pipeline: [{ $unwind: '$t' }, count('$t'), { $sort: { _id: 1 } }],
    gives: [
      { _id: 'a', n: 1 },
      { _id: 'b', n: 2 },
    ],
  },
  {
    given: [1, 2, 3, 4].map(n => ({ at: date(`2021-01-01T0${n % 2}:00:00Z`) })),
    indexes: [{ key: { at: 1 }, name: 'at' }],
    pipeline: [{ $match: { at: { $gte: date('2021-01-01') } } }, count({ $hour: '$at' }), { $sort: { _id: 1 } }],
    gives: [
      { _id: 0, n: 2 },
      { _id: 1, n: 2 },
    ],
  },
  {
    given: TAGS,
    pipeline: [{ $sortByCount: '$t' }],
    gives: [
      { _id: 'b', count: 3 },
      { _id: 'a', count: 2 },
      { _id: 'c', count: 1 },
    ],
  },
  { given: TAGS, pipeline: [{ $sortByCount: { t: '$t' } }], code: 40147 },
  { given: TAGS, pipeline: [{ $count: 'n' }], gives: [{ n: 6 }] },
  { given: TAGS, pipeline: [{ $match: { t: 'z' } }, { $count: 'n' }], gives: [] },
  { given: TAGS, pipeline: [{ $count: '' }], code: 40157 },
  { given: TAGS, pipeline: [{ $count: '$n' }], code: 40158 },
  { given: TAGS, pipeline: [{ $count: 'a.b' }], code: 40160 },
  {
    given: VALUES,
    pipeline: [{ $bucket: { groupBy: '$v', boundaries: [0, 5, 10], default: 'other', output: { n: { $sum: 1 } } } }],
    gives: [
      { _id: 0, n: 1 },
      { _id: 5, n: 2 },
      { _id: 'other', n: 1 },
    ],
  },
  {
    given: [30, 2, 17, 25].map(v => ({ v })),
    pipeline: [{ $bucket: { groupBy: '$v', boundaries: [0, 10, 20, 40] } }],
    gives: [
      { _id: 0, count: 1 },
      { _id: 10, count: 1 },
      { _id: 20, count: 2 },
    ],
  },
  {
    given: SIX,
    pipeline: [{ $bucketAuto: { groupBy: '$v', buckets: 3 } }],
    gives: [
      { _id: { min: 1, max: 3 }, count: 2 },
      { _id: { min: 3, max: 5 }, count: 2 },
      { _id: { min: 5, max: 6 }, count: 2 },
    ],
  },
  {
    given: [10, 2, 5].map(v => ({ v })),
    pipeline: [{ $bucketAuto: { groupBy: '$v', buckets: 4 } }],
    gives: [
      { _id: { min: 2, max: 5 }, count: 1 },
      { _id: { min: 5, max: 10 }, count: 1 },
      { _id: { min: 10, max: 10 }, count: 1 },
    ],
  },
]
