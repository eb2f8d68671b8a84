import type { Row } from '../../../helpers/engine/conformance/row.ts'
import { date, double, long, objectId } from '../../../helpers/engine/conformance/values.ts'

const ONE_TO_FIVE = [1, 2, 3, 4, 5].map(_id => ({ _id }))
const TYPES = [
  { _id: 1, a: 'x' },
  { _id: 2, a: 1 },
  { _id: 3, a: null },
  { _id: 4, a: { b: 1 } },
  { _id: 5, a: true },
  { _id: 6, a: date('2021-01-01') },
  { _id: 7, a: objectId('65a000000000000000000001') },
  { _id: 8, a: NaN },
]
const ARRAYS = [{ _id: 1, a: [2, 9] }, { _id: 2, a: 3 }, { _id: 3, a: [1] }, { _id: 4, a: [] }, { _id: 5 }]
const CASES = [
  { _id: 1, s: 'b' },
  { _id: 2, s: 'A' },
  { _id: 3, s: 'a' },
]
const TIES = Array.from({ length: 30 }, (_, _id) => ({ _id, v: _id % 3 }))
const only = (sort: object, options: object = {}) => ({ sort, projection: { _id: 1 }, ...options })
const ids = (...found: number[]) => found.map(_id => ({ _id }))

export const rows: Row[] = [
  { given: ONE_TO_FIVE, find: { sort: { _id: -1 }, skip: 1, limit: 2 }, gives: ids(4, 3) },
  { given: ONE_TO_FIVE, find: { sort: { _id: 1 }, limit: 2, singleBatch: true }, gives: ids(1, 2) },
  { given: TYPES, find: only({ a: 1 }), gives: ids(3, 8, 2, 1, 4, 7, 5, 6) },
  { given: TYPES, find: only({ a: -1 }), gives: ids(6, 5, 7, 4, 1, 2, 8, 3) },
  { given: TYPES, indexes: [{ key: { a: 1 }, name: 'a' }], find: only({ a: 1 }), gives: ids(3, 8, 2, 1, 4, 7, 5, 6) },
  { given: ARRAYS, find: only({ a: 1, _id: 1 }), gives: ids(4, 5, 3, 1, 2) },
  {
    given: ARRAYS,
    find: only({ a: -1, _id: 1 }),
    gives: ids(1, 2, 3, 5, 4),
    deviates: 'sorts an empty array like a missing field',
  },
  {
    given: [
      { _id: 1, a: 2 },
      { _id: 2, a: long(1) },
      { _id: 3, a: double(1.5) },
    ],
    find: only({ a: 1 }),
    gives: ids(2, 3, 1),
  },
  { given: [{ _id: 1, a: null }, { _id: 2 }, { _id: 3, a: -1 }], find: only({ a: 1, _id: -1 }), gives: ids(2, 1, 3) },
  {
    given: [
      { _id: 1, o: { b: 2 } },
      { _id: 2, o: { b: 1 } },
    ],
    find: only({ 'o.b': 1 }),
    gives: ids(2, 1),
  },
  { given: CASES, find: only({ s: 1 }), gives: ids(2, 3, 1) },
  { given: CASES, find: only({ s: 1, _id: 1 }, { collation: { locale: 'en', strength: 2 } }), gives: ids(2, 3, 1) },
  {
    given: CASES,
    find: only({ _id: 1 }, { filter: { s: 'a' }, collation: { locale: 'en', strength: 2 } }),
    gives: ids(2, 3),
  },
  {
    given: [
      { _id: 1, s: '10' },
      { _id: 2, s: '2' },
    ],
    find: only({ s: 1 }, { collation: { locale: 'en', numericOrdering: true } }),
    gives: ids(2, 1),
  },
  { given: TIES, find: only({ v: 1, _id: -1 }, { skip: 8, limit: 4 }), gives: ids(3, 0, 28, 25) },
  {
    given: ONE_TO_FIVE,
    indexes: [{ key: { v: 1 }, name: 'v' }],
    find: { hint: 'v', sort: { _id: 1 } },
    gives: ids(1, 2, 3, 4, 5),
  },
  { given: ONE_TO_FIVE, find: { hint: 'none' }, code: 2 },
]
