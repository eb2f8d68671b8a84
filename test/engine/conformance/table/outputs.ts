import type { Row } from '../../../helpers/engine/conformance/row.ts'
import { long } from '../../../helpers/engine/conformance/values.ts'

const TWO = [
  { _id: 1, a: 1 },
  { _id: 2, a: 2 },
]
const TARGET = [{ _id: 1, a: 10, b: 1 }]
const merge = (options: object) => [{ $merge: { into: 'other', ...options } }]

export const rows: Row[] = [
  { given: TWO, other: [{ _id: 5 }], writes: [{ $out: 'other' }], gives: TWO },
  {
    given: TWO,
    other: [{ _id: 1, b: 1 }, { _id: 9 }],
    writes: merge({}),
    gives: [{ _id: 1, b: 1, a: 1 }, { _id: 2, a: 2 }, { _id: 9 }],
  },
  {
    given: TWO,
    other: TARGET,
    writes: merge({ whenMatched: 'replace', whenNotMatched: 'discard' }),
    gives: [{ _id: 1, a: 1 }],
  },
  { given: TWO, other: TARGET, writes: merge({ whenMatched: 'keepExisting' }), gives: [...TARGET, { _id: 2, a: 2 }] },
  { given: [{ _id: 1 }], other: [{ _id: 1 }], writes: merge({ whenMatched: 'fail' }), code: 11000 },
  { given: [{ _id: 1 }], other: [{ _id: 2 }], writes: merge({ whenNotMatched: 'fail' }), code: 13113 },
  { given: [{ _id: 1, k: 1 }], other: [{ _id: 2 }], writes: merge({ on: 'k' }), code: 51183 },
  {
    given: [{ _id: 1 }],
    other: [{ _id: 1 }],
    writes: [{ $set: { n: long(7) } }, ...merge({})],
    gives: [{ _id: 1, n: long(7) }],
  },
  {
    given: TWO,
    other: TARGET,
    writes: merge({ whenMatched: [{ $set: { a: { $add: ['$a', '$$new.a'] } } }] }),
    gives: [
      { _id: 1, a: 11, b: 1 },
      { _id: 2, a: 2 },
    ],
    deviates: 'refused: $merge with a pipeline',
  },
]
