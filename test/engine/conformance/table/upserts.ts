import type { Row } from '../../../helpers/engine/conformance/row.ts'
import { objectId, regex } from '../../../helpers/engine/conformance/values.ts'

export const rows: Row[] = [
  { filter: { a: 1 }, update: { $set: { z: 1 } }, gives: { a: 1, z: 1 } },
  { filter: { 'b.c': 2 }, update: { $set: { z: 1 } }, gives: { b: { c: 2 }, z: 1 } },
  { filter: { d: { $eq: 3 } }, update: { $set: { z: 1 } }, gives: { d: 3, z: 1 } },
  { filter: { e: { $gt: 5 } }, update: { $set: { z: 1 } }, gives: { z: 1 } },
  { filter: { $and: [{ f: 4 }] }, update: { $set: { z: 1 } }, gives: { f: 4, z: 1 } },
  { filter: { g: { $in: [7] } }, update: { $set: { z: 1 } }, gives: { g: 7, z: 1 } },
  { filter: { s: regex('a') }, update: { $set: { z: 1 } }, gives: { z: 1 } },
  { filter: { _id: { $exists: false } }, update: { $set: { z: 1 } }, gives: { z: 1 } },
  { filter: { a: 1, 'a.b': 2 }, update: { $set: { z: 1 } }, code: 54 },
  { filter: { _id: 'k' }, update: { $setOnInsert: { a: 1 }, $inc: { n: 1 } }, gives: { a: 1, n: 1 } },
  { filter: { a: 5 }, update: { b: 1 }, gives: { b: 1 } },
  { filter: { _id: 1, a: 5 }, update: [{ $set: { b: { $add: ['$a', 1] } } }], gives: { a: 5, b: 6 } },
  {
    given: [],
    command: { update: 'docs', updates: [{ q: { _id: 7 }, u: { $set: { a: 1 } }, upsert: true }] },
    gives: { n: 1, nModified: 0, upserted: [{ index: 0, _id: 7 }] },
  },
  {
    given: [{ _id: 7 }],
    command: { update: 'docs', updates: [{ q: { _id: 7 }, u: { $set: { a: 1 } }, upsert: true }] },
    gives: { n: 1, nModified: 1 },
  },
  {
    given: [],
    command: { findAndModify: 'docs', query: { _id: 1 }, update: { $inc: { n: 1 } }, upsert: true },
    gives: { lastErrorObject: { n: 1, updatedExisting: false, upserted: 1 }, value: null },
  },
  {
    given: [],
    command: { findAndModify: 'docs', query: { _id: 2 }, update: { $inc: { n: 1 } }, upsert: true, new: true },
    gives: { value: { _id: 2, n: 1 } },
  },
  {
    given: [],
    command: {
      findAndModify: 'docs',
      query: { _id: objectId('65a000000000000000000001'), a: 1 },
      update: { $setOnInsert: { b: 2 } },
      upsert: true,
      new: true,
    },
    gives: { value: { _id: objectId('65a000000000000000000001'), a: 1, b: 2 } },
  },
]
