import type { Row } from '../../../helpers/engine/conformance/row.ts'
import { MISSING, OBJECT } from '../../../helpers/engine/conformance/values.ts'

const WITH_N = { $setField: { field: 'n', input: '$a', value: '$b' } }
const FIELD_X = { $getField: { field: 'x', input: '$a' } }
const WITHOUT_X = { $unsetField: { field: 'x', input: '$a' } }

export const rows: Row[] = [
  {
    given: { a: OBJECT },
    expression: { $objectToArray: '$a' },
    gives: [
      { k: 'x', v: 1 },
      { k: 'y', v: 'q' },
    ],
  },
  { given: { a: {} }, expression: { $objectToArray: '$a' }, gives: [] },
  { given: { a: null }, expression: { $objectToArray: '$a' }, gives: null },
  { expression: { $objectToArray: '$a' }, gives: null },
  { given: { a: [1, 2, 3] }, expression: { $objectToArray: '$a' }, code: 40390 },
  { given: { a: [{ k: 'p', v: 1 }] }, expression: { $arrayToObject: '$a' }, gives: { p: 1 } },
  { given: { a: [] }, expression: { $arrayToObject: '$a' }, gives: {} },
  { given: { a: null }, expression: { $arrayToObject: '$a' }, gives: null },
  { given: { a: [1, 2, 3] }, expression: { $arrayToObject: '$a' }, code: 40398 },
  { given: { a: OBJECT }, expression: { $arrayToObject: '$a' }, code: 40386 },
  { given: { a: OBJECT }, expression: { $mergeObjects: '$a' }, gives: OBJECT },
  { given: { a: null }, expression: { $mergeObjects: '$a' }, gives: {} },
  { expression: { $mergeObjects: '$a' }, gives: {} },
  { given: { a: 1 }, expression: { $mergeObjects: '$a' }, code: 40400 },
  { given: { a: OBJECT, b: null }, expression: { $mergeObjects: ['$a', '$b'] }, gives: OBJECT },
  { given: { a: OBJECT }, expression: { $mergeObjects: ['$a', '$b'] }, gives: OBJECT },
  { given: { a: null }, expression: { $mergeObjects: ['$a', '$b'] }, gives: {} },
  { given: { a: OBJECT, b: 1 }, expression: { $mergeObjects: ['$a', '$b'] }, code: 40400 },
  { given: { a: OBJECT, b: 1 }, expression: WITH_N, gives: { x: 1, y: 'q', n: 1 } },
  { given: { a: OBJECT, b: null }, expression: WITH_N, gives: { x: 1, y: 'q', n: null } },
  { given: { a: OBJECT }, expression: WITH_N, gives: OBJECT },
  { given: { a: null, b: 1 }, expression: WITH_N, gives: null },
  { given: { b: 1 }, expression: WITH_N, gives: null },
  { given: { a: 1, b: 1 }, expression: WITH_N, code: 4161105 },
  { given: { a: OBJECT }, expression: WITHOUT_X, gives: { y: 'q' } },
  { given: { a: {} }, expression: WITHOUT_X, gives: {} },
  { given: { a: null }, expression: WITHOUT_X, gives: null },
  { given: { a: 1 }, expression: WITHOUT_X, code: 4161105 },
  { given: { a: OBJECT, b: 1 }, expression: FIELD_X, gives: 1 },
  { given: { a: null, b: 1 }, expression: FIELD_X, gives: null },
  { given: { b: 1 }, expression: FIELD_X, gives: MISSING },
  { given: { a: 1, b: 1 }, expression: FIELD_X, gives: MISSING },
  {
    expression: {
      $arrayToObject: [
        [
          ['a', 1],
          ['b', 2],
        ],
      ],
    },
    gives: { a: 1, b: 2 },
  },
  {
    expression: {
      $arrayToObject: [
        [
          { k: 'x', v: 1 },
          { k: 'x', v: 2 },
        ],
      ],
    },
    gives: { x: 2 },
  },
  {
    given: { o: { b: 1, a: 2 } },
    expression: { $objectToArray: '$o' },
    gives: [
      { k: 'b', v: 1 },
      { k: 'a', v: 2 },
    ],
  },
  { expression: { $mergeObjects: [{ a: 1 }, null, { b: 2, a: 3 }] }, gives: { a: 3, b: 2 } },
  { given: { o: { 'a.b': 1, c: 1 } }, expression: { $getField: { field: 'a.b', input: '$o' } }, gives: 1 },
  { expression: { $setField: { field: 'x.y', input: {}, value: 1 } }, gives: { 'x.y': 1 } },
  { given: { o: { 'a.b': 1, c: 1 } }, expression: { $unsetField: { field: 'a.b', input: '$o' } }, gives: { c: 1 } },
]
