/** Updates of fields and with operands of all types. */
import type { Row } from '../../../helpers/engine/conformance/row.ts'
import { decimal, double, long, MIN_KEY } from '../../../helpers/engine/conformance/values.ts'

const update = (u: object, options: object = {}) => ({
  update: 'docs',
  updates: [{ q: { _id: 1 }, u, ...options }],
})
const COUNTED = [
  { _id: 1, n: 1, b: true, f: 1.5, d: decimal('1.50'), z: double(NaN) },
  { _id: 2, n: true },
]
const BLOCKED = [{ _id: 1, s: 1, a: [{ b: 1 }], e: [], o: { x: [1, 2] } }]
const unchanged = { n: 1, nModified: 0 }

export const rows: Row[] = [
  { given: { n: true }, update: { $inc: { n: 1 } }, code: 14 },
  { given: { n: false }, update: { $inc: { n: 0 } }, code: 14 },
  { given: { n: { b: true } }, update: { $inc: { 'n.b': 2.5, m: 1 } }, code: 14 },
  { given: { n: true }, filter: { $or: [{ n: true }, { n: 1 }] }, update: { $inc: { n: 1 } }, code: 14 },
  { given: { n: true, m: 1 }, update: { $inc: { m: 1 } }, gives: { n: true, m: 2 } },
  { given: { n: [true] }, update: { $inc: { n: 1 } }, code: 14 },
  { given: { n: true }, update: { $mul: { n: 2 } }, code: 14 },
  { given: COUNTED, command: update({ $inc: { n: 1 } }), gives: { n: 1, nModified: 1 } },
  {
    given: COUNTED,
    command: { findAndModify: 'docs', query: { _id: 1 }, update: { $inc: { b: 1 } } },
    code: 14,
  },
  { given: COUNTED, command: update({ $inc: { n: 0 } }), gives: unchanged },
  { given: COUNTED, command: update({ $inc: { n: 0, f: 0, d: long(0) } }), gives: unchanged },
  { given: COUNTED, command: update({ $inc: { z: 0 } }), gives: unchanged },
  { given: COUNTED, command: update({ $inc: { n: long(0) } }), gives: { n: 1, nModified: 1 } },
  { given: COUNTED, command: update({ $mul: { n: 1 } }), gives: unchanged },
  { given: {}, update: { $inc: { n: long(0), m: 0 }, $mul: { k: 2 } }, gives: { k: 0, m: 0, n: long(0) } },
  { given: { n: 1 }, update: { $inc: { n: 0 }, $mul: { n: 2 } }, code: 40 },
  { given: { n: 1 }, update: { $inc: { n: long(0), m: 2 } }, gives: { n: long(1), m: 2 } },
  { given: { a: 5 }, update: { $min: { a: NaN } }, gives: { a: double(NaN) } },
  { given: { a: 5 }, update: { $min: { a: decimal('NaN') } }, gives: { a: decimal('NaN') } },
  { given: { a: null }, update: { $min: { a: NaN } }, gives: { a: null } },
  { given: { a: double(NaN) }, update: { $max: { a: 5 } }, gives: { a: 5 } },
  { given: { a: double(NaN) }, update: { $max: { a: decimal('NaN') } }, gives: { a: double(NaN) } },
  { given: {}, update: { $max: { a: MIN_KEY, 10: 1 } }, gives: { 10: 1, a: MIN_KEY } },
  { given: { a: { x: 2 } }, update: { $max: { a: { x: 10 } } }, gives: { a: { x: 10 } } },
  { given: { a: 5 }, update: { $max: { a: double(5) } }, gives: { a: 5 } },
  { given: COUNTED, command: update({ $max: { n: 0 } }), gives: unchanged },
  { given: BLOCKED, command: update({ $unset: { 'a.b': 1 } }), gives: unchanged },
  { given: BLOCKED, command: update({ $pull: { 's.b': 1 } }), gives: unchanged },
  { given: BLOCKED, command: update({ $pull: { 'e.b': 1 } }), gives: unchanged },
  { given: BLOCKED, command: update({ $pullAll: { 'a.b': [1] } }), gives: unchanged },
  { given: BLOCKED, command: update({ $pull: { 'o.x': 1 } }), gives: { n: 1, nModified: 1 } },
  { given: { s: 1, t: 1 }, update: { $unset: { 's.b': 1, t: 1 } }, gives: { s: 1 } },
  { given: { s: [1], t: 1 }, update: { $unset: { 's.b': 1 }, $set: { t: 2 } }, gives: { s: [1], t: 2 } },
  { given: { s: 1 }, update: { $pull: { s: 1 } }, code: 2 },
  { given: { s: 1 }, update: { $unset: { 's.b': 1 }, $set: { 's.c': 2 } }, code: 28 },
  { given: { s: 1 }, update: { $pop: { 's.b': 1 } }, code: 28 },
  { given: { e: [] }, update: { $set: { 'e.b': 1 } }, code: 28 },
  {
    given: BLOCKED,
    command: {
      update: 'docs',
      updates: [
        { q: { _id: 1 }, u: { $unset: { 'a.b': 1 } } },
        { q: { _id: 1 }, u: { $pull: { 's.b': 1 } } },
        { q: { _id: 1 }, u: { $inc: { s: 1 } } },
      ],
    },
    gives: { n: 3, nModified: 1 },
  },
  {
    given: COUNTED,
    command: {
      update: 'docs',
      updates: Array.from({ length: 1_001 }, () => ({ q: { _id: 1 }, u: { $inc: { n: 0 } } })),
    },
    gives: { n: 1_001, nModified: 0 },
  },
]
