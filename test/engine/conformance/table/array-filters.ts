import type { Row } from '../../../helpers/engine/conformance/row.ts'
import { regex } from '../../../helpers/engine/conformance/values.ts'

const SHAPES = [
  {
    _id: 1,
    a: [
      { b: 1, c: 1 },
      { b: 2, c: 2 },
    ],
  },
  { _id: 2, a: { b: 1, c: 2 } },
  { _id: 3, a: [] },
  { _id: 4, a: [[{ b: 1 }]] },
  { _id: 5, a: [1, 2] },
]
const ARRAYS = [
  { _id: 1, a: [1, 2] },
  { _id: 2, a: [2, 1] },
  { _id: 3, a: [[1, 2]] },
]
const SCORES = [{ _id: 1, a: [1, 9] }, { _id: 2, a: [4, 5] }, { _id: 3, a: 5 }, { _id: 4, a: [] }, { _id: 5 }]

export const rows: Row[] = [
  { given: SHAPES, filter: { 'a.b': 1 }, gives: [1, 2] },
  { given: SHAPES, filter: { 'a.b': 1, 'a.c': 2 }, gives: [1, 2] },
  { given: SHAPES, filter: { a: { $elemMatch: { b: 1, c: 2 } } }, gives: [] },
  { given: SHAPES, filter: { a: { $elemMatch: { b: 2, c: 2 } } }, gives: [1] },
  { given: SHAPES, filter: { a: { $elemMatch: { $eq: 2 } } }, gives: [5] },
  { given: SHAPES, filter: { a: { $not: { $elemMatch: { b: 1 } } } }, gives: [2, 3, 4, 5] },
  { given: SHAPES, filter: { 'a.0.b': 1 }, gives: [1, 4] },
  { given: SHAPES, filter: { 'a.0.0.b': 1 }, gives: [4] },
  { given: SHAPES, filter: { 'a.1': 2 }, gives: [5] },
  { given: SHAPES, filter: { 'a.b': null }, gives: [] },
  { given: SHAPES, filter: { 'a.b': { $exists: false } }, gives: [3, 4, 5] },
  { given: SHAPES, filter: { 'a.b': { $ne: 1 } }, gives: [3, 4, 5] },
  { given: SHAPES, filter: { a: { $size: 0 } }, gives: [3] },
  { given: SHAPES, filter: { a: { $size: 2 } }, gives: [1, 5] },
  { given: SHAPES, filter: { a: { $all: [{ $elemMatch: { b: 1 } }, { $elemMatch: { b: 2 } }] } }, gives: [1] },
  { given: SHAPES, filter: { a: { $all: [1, 2] } }, gives: [5] },
  { given: SHAPES, filter: { a: { $type: 'array' } }, gives: [1, 3, 4, 5] },
  { given: SHAPES, filter: { a: { $type: 'object' } }, gives: [1, 2] },
  { given: SHAPES, filter: { a: [] }, gives: [3] },
  { given: ARRAYS, filter: { a: [1, 2] }, gives: [1, 3] },
  { given: ARRAYS, filter: { a: 1 }, gives: [1, 2] },
  { given: ARRAYS, filter: { a: { $gt: [1, 5] } }, gives: [2, 3] },
  { given: ARRAYS, filter: { a: { $all: [[1, 2]] } }, gives: [1, 3] },
  { given: ARRAYS, filter: { a: { $in: [[2, 1], 9] } }, gives: [2] },
  { given: SCORES, filter: { a: { $gt: 3, $lt: 6 } }, gives: [1, 2, 3] },
  { given: SCORES, filter: { a: { $elemMatch: { $gt: 3, $lt: 6 } } }, gives: [2] },
  { given: SCORES, filter: { a: { $gt: 8 } }, gives: [1] },
  { given: SCORES, filter: { a: { $ne: 5 } }, gives: [1, 4, 5] },
  { given: SCORES, filter: { a: { $nin: [1, 4] } }, gives: [3, 4, 5] },
  { given: SCORES, filter: { a: null }, gives: [5] },
  { given: SCORES, filter: { a: { $in: [5, null] } }, gives: [2, 3, 5] },
  { given: SCORES, filter: { a: { $not: { $gt: 4 } } }, gives: [4, 5] },
  { given: [{ _id: 1, s: ['ab', 'cd'] }], filter: { s: { $not: regex('^c') } }, gives: [] },
]
