import type { Row } from '../../../helpers/engine/conformance/row.ts'
import { binary, date, decimal, double, long, objectId, regex } from '../../../helpers/engine/conformance/values.ts'

const NUMBERS = [
  { _id: 1, n: 1 },
  { _id: 2, n: 2.5 },
  { _id: 3, n: long(3) },
  { _id: 4, n: decimal('4') },
  { _id: 5, n: NaN },
]
const TYPES = [
  { _id: 1, a: 1 },
  { _id: 2, a: 'x' },
  { _id: 3, a: null },
  { _id: 4, a: long(3) },
  { _id: 5 },
  { _id: 6, a: true },
]
const OBJECTS = [
  { _id: 1, o: { a: 1, b: 2 } },
  { _id: 2, o: { b: 2, a: 1 } },
  { _id: 3, o: { a: long(1), b: 2 } },
]
const TEXTS = [{ _id: 1, s: 'ab' }, { _id: 2, s: 'cd' }, { _id: 3 }, { _id: 4, s: 'Hello\nworld' }]
const BITS = [
  { _id: 1, n: 5 },
  { _id: 2, n: 4 },
  { _id: 3, n: 7 },
]
const REMAINDERS = [
  { _id: 1, n: -7 },
  { _id: 2, n: 7.9 },
]
const OPTIONAL = [{ _id: 1, a: 1 }, { _id: 2, b: 1 }, { _id: 3 }]

export const rows: Row[] = [
  { given: NUMBERS, filter: { n: 1 }, gives: [1] },
  { given: NUMBERS, filter: { n: double(3) }, gives: [3] },
  { given: NUMBERS, filter: { n: 4 }, gives: [4] },
  { given: NUMBERS, filter: { n: NaN }, gives: [5] },
  { given: NUMBERS, filter: { n: { $gt: 1 } }, gives: [2, 3, 4] },
  { given: NUMBERS, filter: { n: { $gte: 2.5, $lt: 4 } }, gives: [2, 3] },
  { given: NUMBERS, filter: { n: { $in: [1, 3, 9] } }, gives: [1, 3] },
  { given: NUMBERS, filter: { n: { $nin: [1, 3] } }, gives: [2, 4, 5] },
  { given: NUMBERS, filter: { n: { $ne: 1 } }, gives: [2, 3, 4, 5] },
  { given: NUMBERS, filter: { n: { $not: { $gt: 1 } } }, gives: [1, 5] },
  { given: TYPES, filter: { a: null }, gives: [3, 5] },
  { given: TYPES, filter: { a: { $ne: null } }, gives: [1, 2, 4, 6] },
  { given: TYPES, filter: { a: { $exists: true } }, gives: [1, 2, 3, 4, 6] },
  { given: TYPES, filter: { a: { $exists: false } }, gives: [5] },
  { given: TYPES, filter: { a: { $type: ['string', 18] } }, gives: [2, 4] },
  { given: TYPES, filter: { a: { $type: 'number' } }, gives: [1, 4] },
  { given: TYPES, filter: { a: { $type: 'null' } }, gives: [3] },
  { given: TYPES, filter: { a: { $gt: 0 } }, gives: [1, 4] },
  { given: TYPES, filter: { a: { $gte: null } }, gives: [3, 5] },
  { given: OBJECTS, filter: { o: { a: 1, b: 2 } }, gives: [1, 3] },
  { given: OBJECTS, filter: { o: { b: 2, a: 1 } }, gives: [2] },
  { given: OBJECTS, filter: { 'o.a': 1 }, gives: [1, 2, 3] },
  {
    given: [
      { _id: 1, o: { a: 1 } },
      { _id: 2, o: { a: 2 } },
      { _id: 3, o: { b: 0 } },
    ],
    filter: { o: { $gt: { a: 1 } } },
    gives: [2, 3],
  },
  { given: OPTIONAL, filter: { $nor: [{ a: 1 }, { b: 1 }] }, gives: [3] },
  { given: OPTIONAL, filter: { $or: [{ a: 1 }, { b: 1 }] }, gives: [1, 2] },
  { given: OPTIONAL, filter: { $and: [{ a: null }, { b: null }] }, gives: [3] },
  { given: OPTIONAL, filter: { $comment: 'x', a: 1 }, gives: [1] },
  { given: TEXTS, filter: { s: regex('^a') }, gives: [1] },
  { given: TEXTS, filter: { s: { $not: regex('a') } }, gives: [2, 3, 4] },
  { given: TEXTS, filter: { s: { $in: [regex('^a'), 'cd'] } }, gives: [1, 2] },
  { given: TEXTS, filter: { s: { $regex: '^WORLD$', $options: 'im' } }, gives: [4] },
  { given: TEXTS, filter: { s: regex('o.w', 's') }, gives: [4] },
  { given: TEXTS, filter: { s: { $regex: 'A b', $options: 'xi' } }, gives: [1] },
  { given: TEXTS, filter: { s: regex('(?i)AB') }, gives: [1] },
  { given: TEXTS, filter: { s: regex('(?<=a)b') }, gives: [1] },
  { given: TEXTS, filter: { s: regex('[[:alpha:]]b') }, gives: [1] },
  { given: [{ _id: 1, s: 'ÄPFEL' }], filter: { s: regex('äpfel', 'i') }, gives: [1] },
  { given: [{ _id: 1, s: ['ab', 'cd'] }], filter: { s: regex('^c') }, gives: [1] },
  { given: BITS, filter: { n: { $bitsAllSet: 5 } }, gives: [1, 3] },
  { given: BITS, filter: { n: { $bitsAnyClear: [1] } }, gives: [1, 2] },
  { given: REMAINDERS, filter: { n: { $mod: [4, 3] } }, gives: [2] },
  { given: REMAINDERS, filter: { n: { $mod: [4, -3] } }, gives: [1] },
  {
    given: TYPES,
    filter: { $jsonSchema: { required: ['a'], properties: { a: { bsonType: 'string', minLength: 1 } } } },
    gives: [2],
  },
  {
    given: [
      { _id: 1, a: 5, b: 3 },
      { _id: 2, a: 1, b: 3 },
      { _id: 3, a: null },
    ],
    filter: { $expr: { $gt: ['$a', '$b'] } },
    gives: [1, 3],
  },
  { given: TYPES, filter: { $expr: '$a' }, gives: [1, 2, 4, 6] },
  { given: OPTIONAL, filter: { $expr: true }, gives: [1, 2, 3] },
  { given: [{ _id: 1, a: [1, 5] }], filter: { $expr: { $eq: ['$a', 5] } }, gives: [] },
  { given: [{ _id: 1, a: [1, 5] }], filter: { $expr: { $gt: ['$a', 5] } }, gives: [1] },
  { given: [{ _id: 1, b: binary('a') }], filter: { b: binary('a') }, gives: [1] },
  {
    given: [
      { _id: 1, t: date('2021-02-28T23:59:59.999Z') },
      { _id: 2, t: date('2021-03-01') },
    ],
    filter: { t: { $gte: date('2021-03-01') } },
    gives: [2],
  },
  {
    given: [{ _id: objectId('65a000000000000000000001') }],
    filter: { _id: { $gt: objectId('65a000000000000000000000') } },
    gives: [objectId('65a000000000000000000001')],
  },
  { given: OPTIONAL, filter: { a: { $frobnicate: 1 } }, code: 2 },
  { given: OPTIONAL, filter: { $frobnicate: 1 }, code: 2 },
  {
    given: [
      { _id: 1, s: 'a\nb' },
      { _id: 2, s: 'ab' },
    ],
    filter: { s: { $regex: regex('a.b', 's') } },
    gives: [1],
  },
]
