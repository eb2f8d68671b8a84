/** Operands of query operators of all types: which values they match, and which are refused. */
import type { Row } from '../../../helpers/engine/conformance/row.ts'
import { decimal, double, long, MAX_KEY, MAX_LONG, MIN_KEY } from '../../../helpers/engine/conformance/values.ts'

const NUMBERS = [
  { _id: 1, a: 1.5 },
  { _id: 2, a: decimal('1.50') },
  { _id: 3, a: [decimal('1.500'), 'x'] },
  { _id: 4, a: double(Infinity) },
  { _id: 5, a: decimal('Infinity') },
  { _id: 6, a: 3 },
  { _id: 7 },
]
const DOCUMENTS = [
  { _id: 1, a: { x: 1, y: 'q' } },
  { _id: 2, a: { x: double(1), y: 'q' } },
  { _id: 3, a: [long(1), 2] },
  { _id: 4, a: [1, double(2)] },
  { _id: 5, a: 1 },
]
const ENDS = [{ _id: 1, a: MIN_KEY }, { _id: 2, a: [MIN_KEY] }, { _id: 3, a: 0 }, { _id: 4 }, { _id: 5, a: MAX_KEY }]
const IDS = [NaN, 1, decimal('2.5'), 'x'].map((_id, n) => ({ _id, n }))
const BITS = [
  { _id: 1, a: 1 },
  { _id: 2, a: decimal('1.50') },
  { _id: 3, a: decimal('3.00') },
  { _id: 4, a: decimal('Infinity') },
  { _id: 5, a: decimal('NaN') },
  { _id: 6, a: MAX_LONG },
  { _id: 7, a: [decimal('0.5'), 5] },
]
const SIZES = [
  { _id: 1, a: [] },
  { _id: 2, a: [1] },
]
const DECIMAL = decimal('1.5')

export const rows: Row[] = [
  { given: NUMBERS, filter: { a: { $in: [DECIMAL, 'z'] } }, gives: [1, 2, 3] },
  { given: NUMBERS, filter: { a: { $in: [1.5, 3] } }, gives: [1, 2, 3, 6] },
  { given: NUMBERS, filter: { a: { $in: [decimal('Infinity'), null] } }, gives: [4, 5, 7] },
  { given: NUMBERS, filter: { a: { $nin: [DECIMAL, 'z'] } }, gives: [4, 5, 6, 7] },
  { given: NUMBERS, filter: { a: { $not: { $in: [1.5, 'z'] } } }, gives: [4, 5, 6, 7] },
  { given: NUMBERS, filter: { a: { $in: [1.5, 'z'], $type: 'array' } }, gives: [3] },
  { given: NUMBERS, filter: { $or: [{ a: DECIMAL }, { a: 'z' }] }, gives: [1, 2, 3] },
  { given: NUMBERS, filter: { $nor: [{ $or: [{ a: { $eq: 1.5 } }, { a: 'z' }] }] }, gives: [4, 5, 6, 7] },
  { given: DOCUMENTS, filter: { a: { $in: [{ x: 1, y: 'q' }, 'z'] } }, gives: [1, 2] },
  { given: DOCUMENTS, filter: { a: { $in: [[1, 2], 'z'] } }, gives: [3, 4] },
  { given: DOCUMENTS, filter: { a: { $nin: [{ x: 1, y: 'q' }, [1, 2]] } }, gives: [5] },
  { given: DOCUMENTS, filter: { $or: [{ a: { x: 1, y: 'q' } }, { a: 'z' }] }, gives: [1, 2] },
  { given: NUMBERS, filter: { $or: [{ $and: [{ a: 3 }, { a: { $gt: 1 } }] }, { a: 'z' }] }, gives: [6] },
  { given: NUMBERS, filter: { $or: [{ a: { $in: [DECIMAL, 'z'] } }, { a: 3 }] }, gives: [1, 2, 3, 6] },
  { given: ENDS, filter: { a: { $gt: MIN_KEY } }, gives: [2, 3, 4, 5] },
  { given: ENDS, filter: { a: { $gte: MIN_KEY } }, gives: [1, 2, 3, 4, 5] },
  { given: ENDS, filter: { a: { $gte: MIN_KEY, $lt: 1 } }, gives: [3] },
  { given: ENDS, filter: { a: { $lt: MAX_KEY } }, gives: [1, 2, 3, 4] },
  { given: ENDS, filter: { a: { $lte: MAX_KEY } }, gives: [1, 2, 3, 4, 5] },
  { given: ENDS, filter: { a: { $not: { $gt: MIN_KEY } } }, gives: [1] },
  { given: ENDS, filter: { a: { $not: { $lte: MAX_KEY } } }, gives: [] },
  { given: IDS, filter: { _id: { $gt: NaN } }, gives: [] },
  { given: IDS, filter: { _id: { $gte: decimal('NaN') } }, gives: [NaN] },
  { given: IDS, filter: { _id: { $lte: NaN } }, gives: [NaN] },
  { given: BITS, filter: { a: { $bitsAllSet: 1 } }, gives: [1, 3, 6, 7] },
  { given: BITS, filter: { a: { $bitsAllClear: [1] } }, gives: [1, 7] },
  { given: BITS, filter: { a: { $bitsAnySet: 3 } }, gives: [1, 3, 6, 7] },
  { given: BITS, filter: { a: { $bitsAllSet: MAX_LONG } }, gives: [6] },
  { given: BITS, filter: { a: { $bitsAnySet: double(2 ** 40) } }, gives: [6] },
  { given: BITS, filter: { a: { $bitsAllSet: [0.5] } }, code: 2 },
  { given: SIZES, filter: { a: { $size: double(1) } }, gives: [2] },
  { given: SIZES, filter: { a: { $size: true } }, code: 2 },
  { given: SIZES, filter: { a: { $size: MAX_LONG } }, code: 2 },
  { given: SIZES, filter: { a: { $not: { $size: false } } }, code: 2 },
  { given: SIZES, filter: { a: { $type: 0 } }, code: 2 },
  { given: SIZES, filter: { a: { $type: ['int', 0] } }, code: 2 },
]
