import type { Row } from '../../../helpers/engine/conformance/row.ts'
import { double } from '../../../helpers/engine/conformance/values.ts'

const ONE = [{ _id: 1, a: 1, b: 2 }]
const THREE = [3, 1, 2].map(v => ({ _id: v, v }))
const OBJECT = [{ _id: 1, a: 1, o: { x: 1, y: 2 } }]
const modify = (options: object) => ({ findAndModify: 'docs', query: {}, ...options })
const updateAll = (u: object) => ({ update: 'docs', updates: [{ q: {}, u }] })

export const rows: Row[] = [
  {
    given: ONE,
    command: modify({ update: { $inc: { a: 1 } } }),
    gives: { lastErrorObject: { n: 1, updatedExisting: true }, value: { _id: 1, a: 1, b: 2 } },
  },
  { given: ONE, command: modify({ update: { $inc: { a: 1 } }, new: true }), gives: { value: { _id: 1, a: 2, b: 2 } } },
  {
    given: ONE,
    command: modify({ query: { _id: 9 }, update: { $inc: { a: 1 } } }),
    gives: { lastErrorObject: { n: 0, updatedExisting: false }, value: null },
  },
  {
    given: THREE,
    command: modify({ update: { $set: { z: 1 } }, sort: { v: -1 } }),
    gives: { value: { _id: 3, v: 3 } },
  },
  {
    given: THREE,
    command: modify({ remove: true, sort: { v: 1 } }),
    gives: { lastErrorObject: { n: 1 }, value: { _id: 1, v: 1 } },
  },
  { given: ONE, command: modify({ remove: true, fields: { a: 0 } }), gives: { value: { _id: 1, b: 2 } } },
  {
    given: ONE,
    command: modify({ update: { $set: { b: 3 } }, fields: { _id: 0, b: 1 }, new: true }),
    gives: { value: { b: 3 } },
  },
  {
    given: [{ _id: 1, a: [1, 2] }],
    command: modify({ query: { a: 2 }, update: { $set: { 'a.$': 9 } }, new: true }),
    gives: { value: { _id: 1, a: [1, 9] } },
  },
  {
    given: [{ _id: 1, a: [1, 9] }],
    command: modify({ update: { $inc: { 'a.$[e]': 1 } }, arrayFilters: [{ e: { $gt: 5 } }], new: true }),
    gives: { value: { _id: 1, a: [1, 10] } },
  },
  {
    given: ONE,
    command: modify({ update: [{ $set: { b: '$a' } }], new: true }),
    gives: { value: { _id: 1, a: 1, b: 1 } },
  },
  { given: ONE, command: modify({ update: { z: 1 }, new: true }), gives: { value: { _id: 1, z: 1 } } },
  { given: ONE, command: modify({ remove: true, update: {} }), code: 9 },
  { given: OBJECT, command: updateAll({ $set: { a: 1 } }), gives: { n: 1, nModified: 0 } },
  { given: OBJECT, command: updateAll({ $set: { a: double(1) } }), gives: { n: 1, nModified: 1 } },
  { given: OBJECT, command: updateAll({ $set: { o: { y: 2, x: 1 } } }), gives: { n: 1, nModified: 1 } },
  { given: OBJECT, command: updateAll({ $inc: { a: 0 } }), gives: { n: 1, nModified: 0 } },
  {
    given: THREE,
    command: { update: 'docs', updates: [{ q: { v: { $gt: 1 } }, u: { $set: { v: 3 } }, multi: true }] },
    gives: { n: 2, nModified: 1 },
  },
  { given: ONE, command: { update: 'docs', updates: [{ q: {}, u: { a: 1 }, multi: true }] }, code: 9 },
]
