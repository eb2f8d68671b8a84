import type { Row } from '../../../helpers/engine/conformance/row.ts'
import { MIXED } from '../../../helpers/engine/conformance/values.ts'

export const rows: Row[] = [
  { given: { a: [1, 2, 3] }, expression: { $allElementsTrue: '$a' }, gives: true },
  { given: { a: MIXED }, expression: { $allElementsTrue: '$a' }, gives: false },
  { given: { a: [] }, expression: { $allElementsTrue: '$a' }, gives: true },
  { given: { a: null }, expression: { $allElementsTrue: '$a' }, code: 17040 },
  { given: { a: [1, 2, 3] }, expression: { $anyElementTrue: '$a' }, gives: true },
  { given: { a: MIXED }, expression: { $anyElementTrue: '$a' }, gives: true },
  { given: { a: [] }, expression: { $anyElementTrue: '$a' }, gives: false },
  { given: { a: 1 }, expression: { $anyElementTrue: '$a' }, code: 17041 },
  {
    given: { a: [1, 2, 3], b: [1, 2, 3] },
    expression: { $setUnion: ['$a', '$b'] },
    gives: [1, 2, 3],
  },
  { given: { a: [], b: [] }, expression: { $setUnion: ['$a', '$b'] }, gives: [] },
  { given: { a: [1, 2, 3], b: null }, expression: { $setUnion: ['$a', '$b'] }, gives: null },
  { given: { a: [1, 2, 3], b: 1 }, expression: { $setUnion: ['$a', '$b'] }, code: 17043 },
  { given: { a: [1, 2, 3], b: MIXED }, expression: { $setIntersection: ['$a', '$b'] }, gives: [1] },
  { given: { a: [1, 2, 3], b: ['b', 'a', 'c'] }, expression: { $setIntersection: ['$a', '$b'] }, gives: [] },
  { given: { a: [1, 2, 3], b: null }, expression: { $setIntersection: ['$a', '$b'] }, gives: null },
  { given: { a: [1, 2, 3] }, expression: { $setIntersection: ['$a', '$b'] }, gives: null },
  { given: { a: [1, 2, 3], b: 1 }, expression: { $setIntersection: ['$a', '$b'] }, code: 17047 },
  { given: { a: [1, 2, 3], b: MIXED }, expression: { $setDifference: ['$a', '$b'] }, gives: [2, 3] },
  { given: { a: MIXED, b: [1, 2, 3] }, expression: { $setDifference: ['$a', '$b'] }, gives: [null, 'x', [1]] },
  { given: { a: [1, 2, 3], b: null }, expression: { $setDifference: ['$a', '$b'] }, gives: null },
  { given: { a: [1, 2, 3], b: 1 }, expression: { $setDifference: ['$a', '$b'] }, code: 17049 },
  { given: { a: [1, 2, 3], b: [1, 2, 3] }, expression: { $setEquals: ['$a', '$b'] }, gives: true },
  { given: { a: [1, 2, 3], b: ['b', 'a', 'c'] }, expression: { $setEquals: ['$a', '$b'] }, gives: false },
  { given: { a: [], b: [] }, expression: { $setEquals: ['$a', '$b'] }, gives: true },
  { given: { a: [1, 2, 3], b: null }, expression: { $setEquals: ['$a', '$b'] }, code: 17044 },
  { given: { a: [], b: [1, 2, 3] }, expression: { $setIsSubset: ['$a', '$b'] }, gives: true },
  { given: { a: [1, 2, 3], b: MIXED }, expression: { $setIsSubset: ['$a', '$b'] }, gives: false },
  { given: { a: [1, 2, 3], b: null }, expression: { $setIsSubset: ['$a', '$b'] }, code: 17042 },
  {
    expression: {
      $setIntersection: [
        [1, 2],
        [2, 3],
      ],
    },
    gives: [2],
  },
  {
    expression: {
      $setEquals: [
        [1, 2, 2],
        [2, 1],
      ],
    },
    gives: true,
  },
  { expression: { $setIsSubset: [[1], [1, 2]] }, gives: true },
  { expression: { $anyElementTrue: [[0, null]] }, gives: false },
]
