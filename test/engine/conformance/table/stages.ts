import type { Row } from '../../../helpers/engine/conformance/row.ts'
import { double, long } from '../../../helpers/engine/conformance/values.ts'

const NESTED = [{ _id: 1, a: { b: 1, c: 2 }, d: [{ e: 1, f: 2 }, 5, [{ e: 3, f: 4 }]] }]
const UNWOUND = [{ _id: 1, a: [1, 2] }, { _id: 2, a: [] }, { _id: 3 }, { _id: 4, a: 5 }, { _id: 5, a: null }]
const IDS = [1, 2, 3, 4].map(_id => ({ _id }))
const AB = [{ _id: 1, a: 1, b: 2 }]

export const rows: Row[] = [
  {
    given: NESTED,
    pipeline: [{ $project: { 'a.b': 1, 'd.e': 1 } }],
    gives: [{ _id: 1, a: { b: 1 }, d: [{ e: 1 }, [{ e: 3 }]] }],
  },
  {
    given: NESTED,
    pipeline: [{ $project: { 'a.b': 0, 'd.e': 0 } }],
    gives: [{ _id: 1, a: { c: 2 }, d: [{ f: 2 }, 5, [{ f: 4 }]] }],
  },
  {
    given: NESTED,
    pipeline: [{ $project: { _id: 0, z: '$a.b', 'a.n': { $literal: 9 } } }],
    gives: [{ a: { n: 9 }, z: 1 }],
  },
  { given: AB, pipeline: [{ $project: { b: 1, a: 1, c: '$a' } }], gives: [{ _id: 1, a: 1, b: 2, c: 1 }] },
  {
    given: [{ _id: 1, a: [{ b: 1 }, { b: 2 }, 7] }],
    pipeline: [{ $addFields: { 'a.z': 1 } }],
    gives: [{ _id: 1, a: [{ b: 1, z: 1 }, { b: 2, z: 1 }, { z: 1 }] }],
  },
  { given: AB, pipeline: [{ $set: { a: 9, c: 3 } }], gives: [{ _id: 1, a: 9, b: 2, c: 3 }] },
  {
    given: [{ _id: 1, a: { b: 1, c: 1 }, d: 1 }],
    pipeline: [{ $unset: ['a.b', 'd'] }],
    gives: [{ _id: 1, a: { c: 1 } }],
  },
  { given: [{ a: { b: 1 } }], pipeline: [{ $replaceRoot: { newRoot: '$a' } }], gives: [{ b: 1 }] },
  {
    given: [{ a: { b: 1 } }],
    pipeline: [{ $replaceWith: { $mergeObjects: [{ z: 1 }, '$a'] } }],
    gives: [{ z: 1, b: 1 }],
  },
  { given: [{}], pipeline: [{ $replaceRoot: { newRoot: '$a' } }], code: 40228 },
  {
    given: UNWOUND,
    pipeline: [{ $unwind: '$a' }, { $sort: { _id: 1, a: 1 } }],
    gives: [
      { _id: 1, a: 1 },
      { _id: 1, a: 2 },
      { _id: 4, a: 5 },
    ],
  },
  {
    given: UNWOUND,
    pipeline: [
      { $unwind: { path: '$a', preserveNullAndEmptyArrays: true, includeArrayIndex: 'i' } },
      { $sort: { _id: 1, a: 1 } },
    ],
    gives: [
      { _id: 1, a: 1, i: long(0) },
      { _id: 1, a: 2, i: long(1) },
      { _id: 2, i: null },
      { _id: 3, i: null },
      { _id: 4, a: 5, i: null },
      { _id: 5, a: null, i: null },
    ],
  },
  {
    given: [{ _id: 1, l: 1, a: { l: 5, x: 1 }, b: [{ l: 1, y: 1 }, { l: 9 }] }],
    pipeline: [{ $redact: { $cond: [{ $lte: ['$l', 3] }, '$$DESCEND', '$$PRUNE'] } }],
    gives: [{ _id: 1, l: 1, b: [{ l: 1, y: 1 }] }],
  },
  { given: IDS, pipeline: [{ $sort: { _id: -1 } }, { $skip: 1 }, { $limit: 2 }], gives: [{ _id: 3 }, { _id: 2 }] },
  {
    given: IDS,
    pipeline: [{ $sort: { _id: 1 } }, { $limit: 3 }, { $sort: { _id: -1 } }, { $skip: 1 }],
    gives: [{ _id: 2 }, { _id: 1 }],
  },
  { given: IDS, pipeline: [{ $limit: 0 }], code: 15958 },
  { given: IDS, pipeline: [{ $sample: { size: 2 } }, { $count: 'n' }], gives: [{ n: 2 }] },
  { given: IDS, pipeline: [{ $sample: { size: 9 } }, { $count: 'n' }], gives: [{ n: 4 }] },
  {
    given: IDS,
    pipeline: [
      { $facet: { a: [{ $match: { _id: { $gt: 1 } } }, { $count: 'n' }], b: [{ $sort: { _id: -1 } }, { $limit: 1 }] } },
    ],
    gives: [{ a: [{ n: 3 }], b: [{ _id: 4 }] }],
  },
  {
    given: IDS,
    pipeline: [{ $facet: { a: [{ $match: { _id: 9 } }], b: [{ $match: { _id: 9 } }, { $count: 'n' }] } }],
    gives: [{ a: [], b: [] }],
  },
  { given: [], pipeline: [{ $facet: { a: [{ $count: 'n' }], b: [] } }], gives: [{ a: [], b: [] }] },
  {
    given: [{ a: 1 }, { a: 2 }],
    pipeline: [{ $match: { $expr: { $eq: ['$a', 2] } } }, { $unset: '_id' }],
    gives: [{ a: 2 }],
  },
  {
    given: [{ _id: 1, n: 7 }],
    pipeline: [{ $project: { n: { $multiply: ['$n', double(2)] } } }],
    gives: [{ _id: 1, n: double(14) }],
  },
  {
    given: [{ _id: 1, n: 100_000 }],
    pipeline: [{ $set: { n: { $multiply: ['$n', long(100_000)] } } }],
    gives: [{ _id: 1, n: long('10000000000') }],
  },
  { given: [{ _id: 1 }], pipeline: [{ $set: { n: { $literal: double(-0) } } }], gives: [{ _id: 1, n: double(-0) }] },
  {
    given: [{ _id: 1, n: long(5) }],
    pipeline: [{ $match: { n: { $type: 'long' } } }],
    gives: [{ _id: 1, n: long(5) }],
  },
  {
    given: [{ _id: 1 }],
    pipeline: [{ $set: { o: { $literal: { pipeline: [{ $count: 'n' }], $dateTrunc: 0 } } } }],
    gives: [{ _id: 1, o: { pipeline: [{ $count: 'n' }], $dateTrunc: 0 } }],
  },
  { given: IDS, pipeline: [{ $frobnicate: {} }], code: 40324 },
  { given: [{ a: 99 }], pipeline: [{ $bucket: { groupBy: '$a', boundaries: [0, 5] } }], code: 7158303 },
]
