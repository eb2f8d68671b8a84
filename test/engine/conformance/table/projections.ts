import type { Row } from '../../../helpers/engine/conformance/row.ts'

const KEYED = [{ _id: 1, a: [{ k: 1 }, { k: 2, v: 1 }, { k: 2, v: 2 }], z: 1 }]
const NUMBERS = [{ _id: 1, a: [1, 5, 9], b: 1 }]
const MIXED = [{ _id: 1, a: [{ b: 1, c: 1 }, 3] }]
const NESTED = [{ _id: 1, a: { b: 1, c: { d: 1, e: 2 } } }]

export const rows: Row[] = [
  { given: NUMBERS, find: { projection: { b: 1 } }, gives: [{ _id: 1, b: 1 }] },
  { given: NUMBERS, find: { projection: { _id: 0, b: 1 } }, gives: [{ b: 1 }] },
  { given: NUMBERS, find: { projection: { a: 0 } }, gives: [{ _id: 1, b: 1 }] },
  { given: NUMBERS, find: { projection: { a: { $slice: [1, 1] } } }, gives: [{ _id: 1, a: [5], b: 1 }] },
  { given: NUMBERS, find: { projection: { a: { $slice: 1 } } }, gives: [{ _id: 1, a: [1], b: 1 }] },
  { given: NUMBERS, find: { projection: { a: { $slice: -2 }, _id: 0 } }, gives: [{ a: [5, 9], b: 1 }] },
  { given: NUMBERS, find: { filter: { a: { $gt: 3 } }, projection: { 'a.$': 1 } }, gives: [{ _id: 1, a: [5] }] },
  { given: KEYED, find: { filter: { 'a.k': 2 }, projection: { 'a.$': 1 } }, gives: [{ _id: 1, a: [{ k: 2, v: 1 }] }] },
  { given: KEYED, find: { projection: { a: { $elemMatch: { k: 2 } } } }, gives: [{ _id: 1, a: [{ k: 2, v: 1 }] }] },
  {
    given: KEYED,
    find: { projection: { z: 1, a: { $elemMatch: { k: 2 } } } },
    gives: [{ _id: 1, z: 1, a: [{ k: 2, v: 1 }] }],
  },
  { given: MIXED, find: { projection: { _id: 0, 'a.b': 1 } }, gives: [{ a: [{ b: 1 }] }] },
  { given: MIXED, find: { projection: { _id: 0, 'a.b': 0 } }, gives: [{ a: [{ c: 1 }, 3] }] },
  { given: NESTED, find: { projection: { a: { b: 1 } } }, gives: [{ _id: 1, a: { b: 1 } }] },
  { given: NESTED, find: { projection: { 'a.c.d': 0 } }, gives: [{ _id: 1, a: { b: 1, c: { e: 2 } } }] },
  {
    given: [{ _id: 1, a: 2 }],
    find: { projection: { b: { $add: ['$a', 1] }, c: 'text', d: '$a' } },
    gives: [{ _id: 1, b: 3, c: 'text', d: 2 }],
  },
  { given: NUMBERS, find: { projection: { a: 1, b: 0 } }, code: 31254 },
  { given: NUMBERS, find: { projection: { a: 0, b: 1 } }, code: 31253 },
  { given: NUMBERS, find: { projection: { _id: 1, a: 0, b: 'text' } }, code: 31310 },
  { given: NUMBERS, find: { projection: { a: 0, c: { $add: ['$b', 1] } } }, code: 31252 },
  { given: NUMBERS, find: { projection: { a: { $slice: 1 }, b: 0 } }, gives: [{ _id: 1, a: [1] }] },
  { given: NUMBERS, find: { projection: { b: {} } }, code: 51270 },
  { given: NESTED, find: { projection: { a: { b: 1, c: {} } } }, code: 51270 },
  { given: NUMBERS, find: { projection: { a: { $slice: ['$a', 1] } } }, gives: [{ _id: 1, a: [1] }] },
  { given: NUMBERS, find: { projection: { b: { $elemMatch: 1 } } }, code: 31274 },
  { given: NESTED, find: { projection: { 'a.c': { $elemMatch: { d: 1 } } } }, code: 31275 },
  { given: NESTED, find: { projection: { a: 1, 'a.b': 1 } }, code: 31249 },
]
