import type { Row } from '../../../helpers/engine/conformance/row.ts'
import { regex } from '../../../helpers/engine/conformance/values.ts'

const KEYED = {
  a: [
    { k: 1, v: 1 },
    { k: 2, v: 5 },
  ],
}

export const rows: Row[] = [
  { given: { a: [1, 2] }, update: { $set: { 'a.1': 9 } }, gives: { a: [1, 9] } },
  { given: { a: [1] }, update: { $set: { 'a.3': 9 } }, gives: { a: [1, null, null, 9] } },
  { given: { a: [{ b: 1 }] }, update: { $set: { 'a.b': 1 } }, code: 28 },
  { given: { a: [1, 2, 3] }, update: { $unset: { 'a.1': '' } }, gives: { a: [1, null, 3] } },
  { given: { a: [1] }, update: { $push: { a: [2, 3] } }, gives: { a: [1, [2, 3]] } },
  { given: {}, update: { $push: { a: 1 } }, gives: { a: [1] } },
  { given: { a: 1 }, update: { $push: { a: 1 } }, code: 2 },
  { given: { a: [5, 1] }, update: { $push: { a: { $each: [3, 4], $sort: -1, $slice: 3 } } }, gives: { a: [5, 4, 3] } },
  { given: { a: [1, 2] }, update: { $push: { a: { $each: [9], $position: 1 } } }, gives: { a: [1, 9, 2] } },
  { given: { a: [1, 2] }, update: { $push: { a: { $each: [9], $position: -1 } } }, gives: { a: [1, 9, 2] } },
  { given: { a: [1, 2, 3] }, update: { $push: { a: { $each: [4], $slice: -2 } } }, gives: { a: [3, 4] } },
  { given: { a: [1, 2, 3] }, update: { $push: { a: { $each: [], $slice: 0 } } }, gives: { a: [] } },
  {
    given: { a: [{ s: 3 }, { s: 1 }] },
    update: { $push: { a: { $each: [{ s: 2 }], $sort: { s: 1 } } } },
    gives: { a: [{ s: 1 }, { s: 2 }, { s: 3 }] },
  },
  {
    given: { a: [1, { x: 1, y: 2 }] },
    update: { $addToSet: { a: { $each: [1, 2, { x: 1, y: 2 }, { y: 2, x: 1 }] } } },
    gives: { a: [1, { x: 1, y: 2 }, 2, { y: 2, x: 1 }] },
  },
  { given: { a: [1] }, update: { $addToSet: { a: 1 } }, gives: { a: [1] } },
  { given: { a: [1, 2, 3] }, update: { $pop: { a: -1 } }, gives: { a: [2, 3] } },
  { given: { a: [1, 2, 3] }, update: { $pop: { a: 1 } }, gives: { a: [1, 2] } },
  { given: { a: [1, 5, 9, 'x'] }, update: { $pull: { a: { $gte: 5 } } }, gives: { a: [1, 'x'] } },
  {
    given: { a: [{ b: 1, c: 2 }, { b: 2 }, { b: [1, 2] }] },
    update: { $pull: { a: { b: 1 } } },
    gives: { a: [{ b: 2 }] },
  },
  {
    given: { a: [{ r: [{ q: 1, w: 1 }] }, { r: [{ q: 1, w: 2 }] }] },
    update: { $pull: { a: { r: { $elemMatch: { q: 1, w: 2 } } } } },
    gives: { a: [{ r: [{ q: 1, w: 1 }] }] },
  },
  {
    given: { a: ['ab', 'cd'] },
    update: { $pull: { a: regex('^a') } },
    gives: { a: ['cd'] },
  },
  { given: { a: [null, 1] }, update: { $pull: { a: null } }, gives: { a: [1] } },
  { given: { a: [[1, 2], [1], 1] }, update: { $pull: { a: [1, 2] } }, gives: { a: [[1], 1] } },
  { given: { a: [1, 2, 1, 3] }, update: { $pullAll: { a: [1, 3] } }, gives: { a: [2] } },
  {
    given: KEYED,
    filter: { 'a.k': 2 },
    update: { $set: { 'a.$.v': 9 } },
    gives: {
      a: [
        { k: 1, v: 1 },
        { k: 2, v: 9 },
      ],
    },
  },
  {
    given: {
      a: [
        { k: 1, v: 1 },
        { k: 1, v: 5 },
      ],
    },
    filter: { a: { $elemMatch: { k: 1, v: { $gt: 3 } } } },
    update: { $inc: { 'a.$.v': 1 } },
    gives: {
      a: [
        { k: 1, v: 1 },
        { k: 1, v: 6 },
      ],
    },
  },
  { given: { a: [1, 5, 9] }, filter: { a: { $gte: 5 } }, update: { $set: { 'a.$': 0 } }, gives: { a: [1, 0, 9] } },
  { given: { a: [1, 2, 3] }, filter: { a: { $in: [3, 2] } }, update: { $set: { 'a.$': 0 } }, gives: { a: [1, 0, 3] } },
  { given: { a: [1] }, update: { $set: { 'a.$': 0 } }, code: 2 },
  {
    given: { a: [{ g: [1, 2] }, { g: [3] }] },
    update: { $inc: { 'a.$[].g.$[]': 10 } },
    gives: { a: [{ g: [11, 12] }, { g: [13] }] },
  },
  { given: {}, update: { $set: { 'a.$[]': 1 } }, code: 2 },
  {
    given: KEYED,
    update: { $set: { 'a.$[e].v': 0 } },
    arrayFilters: [{ 'e.v': { $gte: 5 } }],
    gives: {
      a: [
        { k: 1, v: 1 },
        { k: 2, v: 0 },
      ],
    },
  },
  {
    given: {
      a: [
        { k: 1, g: [1, 5] },
        { k: 2, g: [5] },
      ],
    },
    update: { $set: { 'a.$[e].g.$[f]': 0 } },
    arrayFilters: [{ 'e.k': 1 }, { f: { $gt: 3 } }],
    gives: {
      a: [
        { k: 1, g: [1, 0] },
        { k: 2, g: [5] },
      ],
    },
  },
  {
    given: KEYED,
    update: { $set: { 'a.$[e].z': 1 } },
    arrayFilters: [{ $or: [{ 'e.k': 1 }, { 'e.v': 9 }] }],
    gives: {
      a: [
        { k: 1, v: 1, z: 1 },
        { k: 2, v: 5 },
      ],
    },
  },
  {
    given: { a: [{ k: 1, g: [] }] },
    update: { $push: { 'a.$[e].g': 7 } },
    arrayFilters: [{ 'e.k': 1 }],
    gives: { a: [{ k: 1, g: [7] }] },
  },
  {
    given: KEYED,
    update: { $unset: { 'a.$[e].v': '' } },
    arrayFilters: [{ 'e.k': 1 }],
    gives: { a: [{ k: 1 }, { k: 2, v: 5 }] },
  },
  { given: { a: [1] }, update: { $set: { b: 1 } }, arrayFilters: [{ e: 1 }], code: 9 },
  { given: { a: [1] }, update: { $set: { 'a.$[e]': 1 } }, arrayFilters: [], code: 2 },
]
