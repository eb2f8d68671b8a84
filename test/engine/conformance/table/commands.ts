import type { Row } from '../../../helpers/engine/conformance/row.ts'
import { date, double } from '../../../helpers/engine/conformance/values.ts'

const IDS = [1, 2, 3].map(_id => ({ _id }))
const DISTINCT = [
  { _id: 1, a: [{ b: 1 }, { b: 2 }] },
  { _id: 2, a: { b: 3 } },
]
const UNIQUE = [{ key: { k: 1 }, name: 'k', unique: true }]
const createIndex = (index: object) => ({ createIndexes: 'docs', indexes: [index] })
const insert = (...documents: object[]) => ({ insert: 'docs', documents })

export const rows: Row[] = [
  { given: IDS, command: { count: 'docs' }, gives: { n: 3 } },
  { given: IDS, command: { count: 'docs', limit: 2 }, gives: { n: 2 } },
  { given: IDS, command: { count: 'docs', query: {}, skip: 2 }, gives: { n: 1 } },
  { given: IDS, command: { count: 'none' }, gives: { n: 0 } },
  {
    given: [{ s: 'a' }, { s: 'A' }],
    command: { count: 'docs', query: { s: 'a' }, collation: { locale: 'en', strength: 2 } },
    gives: { n: 2 },
  },
  { given: DISTINCT, command: { distinct: 'docs', key: 'a.b', query: { _id: 2 } }, gives: { values: [3] } },
  { given: DISTINCT, command: { distinct: 'docs', key: 'none' }, gives: { values: [] } },
  {
    given: [{ a: 1 }, { a: double(1) }, { a: [1] }, {}],
    command: { distinct: 'docs', key: 'a' },
    gives: { values: [1] },
  },
  { given: [{ a: [[3]] }], command: { distinct: 'docs', key: 'a' }, gives: { values: [[3]] } },
  { given: [], command: insert({ _id: 1 }, { _id: 2 }), gives: { n: 2 } },
  { given: IDS, command: insert({ _id: 1 }), code: 11000 },
  { given: [], command: insert(), code: 16 },
  { given: IDS, command: { delete: 'docs', deletes: [{ q: { _id: { $gt: 1 } }, limit: 0 }] }, gives: { n: 2 } },
  { given: IDS, command: { delete: 'docs', deletes: [{ q: {}, limit: 1 }] }, gives: { n: 1 } },
  {
    given: [{ s: 'A' }],
    command: { delete: 'docs', deletes: [{ q: { s: 'a' }, limit: 1, collation: { locale: 'en', strength: 2 } }] },
    gives: { n: 1 },
  },
  { given: [{ k: 1 }], indexes: UNIQUE, command: insert({ k: 1 }), code: 11000 },
  { given: [{ k: 1 }], indexes: UNIQUE, command: insert({ k: double(1) }), code: 11000 },
  { given: [{}], indexes: UNIQUE, command: insert({ k: null }), code: 11000 },
  { given: [{ k: [1, 2] }], indexes: UNIQUE, command: insert({ k: 2 }), code: 11000 },
  { given: [{ k: 1 }], indexes: UNIQUE, command: insert({ k: 2 }), gives: { n: 1 } },
  {
    given: [{}],
    indexes: [{ key: { k: 1 }, name: 'k', unique: true, sparse: true }],
    command: insert({ a: 1 }),
    gives: { n: 1 },
  },
  {
    given: [{ k: 1 }],
    indexes: [{ key: { k: 1 }, name: 'k', unique: true, partialFilterExpression: { on: true } }],
    command: insert({ k: 1 }),
    gives: { n: 1 },
  },
  {
    given: [
      { _id: 1, k: 1 },
      { _id: 2, k: 2 },
    ],
    indexes: UNIQUE,
    command: { update: 'docs', updates: [{ q: { _id: 2 }, u: { $set: { k: 1 } } }] },
    code: 11000,
  },
  {
    given: [
      { _id: 1, k: 1 },
      { _id: 2, k: 2 },
    ],
    indexes: UNIQUE,
    command: { findAndModify: 'docs', query: { _id: 2 }, update: { $set: { k: 1 } } },
    code: 11000,
  },
  { given: [{ k: 1 }, { k: 1 }], command: createIndex(UNIQUE[0] as object), code: 11000 },
  { given: [{ k: 1 }], command: createIndex(UNIQUE[0] as object), gives: { numIndexesBefore: 1, numIndexesAfter: 2 } },
  {
    given: [{ k: 1 }],
    indexes: UNIQUE,
    command: createIndex(UNIQUE[0] as object),
    gives: { numIndexesBefore: 2, numIndexesAfter: 2 },
  },
  { given: [{ k: 1 }], indexes: UNIQUE, command: createIndex({ key: { a: 1 }, name: 'k' }), code: 86 },
  {
    given: [{ at: date('2021-01-01') }],
    indexes: [{ key: { at: 1 }, name: 'at_1', expireAfterSeconds: 600 }],
    command: createIndex({ key: { at: 1 }, name: 'at_1', expireAfterSeconds: 60 }),
    code: 85,
  },
  { given: [{ k: 1 }], command: { dropIndexes: 'docs', index: 'none' }, code: 27 },
  { given: [], command: { collMod: 'none' }, code: 26 },
  { given: IDS, command: { frobnicate: 1 }, code: 59 },
  { given: IDS, command: { find: 'docs', sort: { _id: 1 } }, gives: { ok: double(1) } },
  { given: IDS, command: { update: 'docs', updates: [{ q: {}, u: { a: 1 } }] }, gives: { ok: double(1) } },
  { given: [], command: insert({ _id: 1 }), gives: { ok: double(1) } },
  { given: IDS, command: { collStats: 'docs' }, gives: { ok: double(1) } },
  {
    given: IDS,
    indexes: [{ key: { k: 1 }, name: 'k' }],
    command: { dropIndexes: 'docs', index: 'k' },
    gives: { ok: double(1) },
  },
  { given: IDS, command: { find: 'docs', readConcern: { level: 'recent' } }, code: 2 },
  { given: IDS, command: { find: 'docs', tailable: true }, code: 2 },
  { given: [{ _id: 1 }], command: { find: 'docs', frob: 1 }, code: 40415 },
  { given: [{ _id: 1 }], command: { aggregate: 'docs', pipeline: [] }, code: 9 },
  { given: [{ _id: 1 }], command: { aggregate: 'docs', pipeline: [], explain: true }, gives: { explainVersion: '1' } },
]
