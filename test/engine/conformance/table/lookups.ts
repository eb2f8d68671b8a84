import type { Row } from '../../../helpers/engine/conformance/row.ts'
import { decimal, long } from '../../../helpers/engine/conformance/values.ts'

const KEYS = [{ _id: 1, k: 1 }, { _id: 2, k: null }, { _id: 3 }, { _id: 4, k: [1, 2] }]
const AMOUNTS = [
  { _id: 1, k: 1, q: 5 },
  { _id: 2, k: 1, q: 50 },
]
const TREE = [
  { _id: 'a', p: null, ok: 1 },
  { _id: 'b', p: 'a', ok: 1 },
  { _id: 'c', p: 'b', ok: 1 },
  { _id: 'd', p: 'c', ok: 1 },
  { _id: 'e', p: 'e' },
]
/** The stages that replace each document by the sorted `_id`s of what `$lookup` finds in `other`. */
const found = (operands: object) => [
  { $lookup: { from: 'other', as: 'r', ...operands } },
  { $sort: { _id: 1 } },
  { $project: { r: { $sortArray: { input: '$r._id', sortBy: 1 } } } },
]
const byKey = found({ localField: 'l', foreignField: 'k' })

export const rows: Row[] = [
  { given: [{ _id: 0, l: 1 }], other: KEYS, pipeline: byKey, gives: [{ _id: 0, r: [1, 4] }] },
  { given: [{ _id: 0 }], other: KEYS, pipeline: byKey, gives: [{ _id: 0, r: [2, 3] }] },
  { given: [{ _id: 0, l: [2, null] }], other: KEYS, pipeline: byKey, gives: [{ _id: 0, r: [2, 3, 4] }] },
  { given: [{ _id: 0, l: [] }], other: KEYS, pipeline: byKey, gives: [{ _id: 0, r: [2, 3] }] },
  { given: [{ _id: 0, l: 1 }], pipeline: byKey, gives: [{ _id: 0, r: [] }] },
  {
    given: [{ _id: 0, l: 1 }],
    other: [
      { _id: 1, k: long(1) },
      { _id: 2, k: decimal('1') },
    ],
    pipeline: byKey,
    gives: [{ _id: 0, r: [1, 2] }],
  },
  {
    given: [{ _id: 0, l: { a: 1 } }],
    other: [{ _id: 1, k: [{ a: 1 }, { a: 2 }] }],
    pipeline: byKey,
    gives: [{ _id: 0, r: [1] }],
  },
  {
    given: [{ _id: 0, a: [{ b: 1 }, { b: 2 }, {}] }],
    other: [
      { _id: 1, k: 1 },
      { _id: 2, k: 2 },
    ],
    pipeline: found({ localField: 'a.b', foreignField: 'k' }),
    gives: [{ _id: 0, r: [1, 2] }],
  },
  {
    given: [{ _id: 0, l: 2 }],
    other: [{ _id: 1, t: [{ k: 1 }, { k: 2 }] }],
    pipeline: found({ localField: 'l', foreignField: 't.k' }),
    gives: [{ _id: 0, r: [1] }],
  },
  {
    given: [{ _id: 0, l: 1, m: 10 }],
    other: AMOUNTS,
    pipeline: found({
      let: { m: '$m', l: '$l' },
      pipeline: [{ $match: { $expr: { $and: [{ $eq: ['$k', '$$l'] }, { $gt: ['$q', '$$m'] }] } } }],
    }),
    gives: [{ _id: 0, r: [2] }],
  },
  {
    given: [{ _id: 0, l: 1 }],
    other: AMOUNTS,
    pipeline: found({ localField: 'l', foreignField: 'k', pipeline: [{ $match: { q: { $gt: 10 } } }] }),
    gives: [{ _id: 0, r: [2] }],
  },
  {
    given: [{ _id: 0, l: 9 }],
    other: AMOUNTS,
    pipeline: found({ localField: 'l', foreignField: 'k', pipeline: [{ $count: 'n' }] }),
    gives: [{ _id: 0, r: [] }],
  },
  {
    given: [{ _id: 0, l: 1 }],
    other: AMOUNTS,
    pipeline: [
      { $lookup: { from: 'other', localField: 'l', foreignField: 'k', pipeline: [{ $sort: { q: -1 } }], as: 'r' } },
      { $project: { r: '$r.q' } },
    ],
    gives: [{ _id: 0, r: [50, 5] }],
  },
  {
    given: [
      { _id: 0, l: 1 },
      { _id: 1, l: 9 },
    ],
    other: AMOUNTS,
    pipeline: [
      { $lookup: { from: 'other', localField: 'l', foreignField: 'k', as: 'r' } },
      { $unwind: { path: '$r', preserveNullAndEmptyArrays: true } },
      { $sort: { _id: 1, 'r._id': 1 } },
      { $project: { r: '$r._id' } },
    ],
    gives: [{ _id: 0, r: 1 }, { _id: 0, r: 2 }, { _id: 1 }],
  },
  {
    given: TREE,
    pipeline: [
      { $match: { _id: { $in: ['d', 'e'] } } },
      {
        $graphLookup: {
          from: 'docs',
          startWith: '$p',
          connectFromField: 'p',
          connectToField: '_id',
          as: 'r',
          depthField: 'd',
        },
      },
      { $sort: { _id: 1 } },
      { $unwind: '$r' },
      { $sort: { _id: 1, 'r._id': 1 } },
      { $project: { r: '$r._id', d: '$r.d' } },
    ],
    gives: [
      { _id: 'd', r: 'a', d: long(2) },
      { _id: 'd', r: 'b', d: long(1) },
      { _id: 'd', r: 'c', d: long(0) },
      { _id: 'e', r: 'e', d: long(0) },
    ],
    deviates: 'the depth is an int',
  },
  {
    given: TREE,
    pipeline: [
      { $match: { _id: 'd' } },
      {
        $graphLookup: {
          from: 'docs',
          startWith: '$p',
          connectFromField: 'p',
          connectToField: '_id',
          as: 'r',
          maxDepth: 1,
          restrictSearchWithMatch: { ok: 1 },
        },
      },
      { $project: { r: { $sortArray: { input: '$r._id', sortBy: 1 } } } },
    ],
    gives: [{ _id: 'd', r: ['b', 'c'] }],
  },
  {
    given: [{ _id: 1, a: 1 }],
    other: [{ _id: 9, b: 1, c: 1 }],
    pipeline: [{ $unionWith: { coll: 'other', pipeline: [{ $project: { b: 1 } }] } }, { $sort: { _id: 1 } }],
    gives: [
      { _id: 1, a: 1 },
      { _id: 9, b: 1 },
    ],
  },
]
