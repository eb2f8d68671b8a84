import fc from 'fast-check'
import type { SortPattern } from './sort-oracle.ts'

const PATHS = ['a', 'b', 'c', 's', 'a.b', 'b.a', 'a.b.c', 'c.c']
const direction = fc.constantFrom<(1 | -1)[]>(1, -1)

/** A path through arrays and documents, perhaps a scalar field, and `_id`, so that no two documents are equal. */
export const sort: fc.Arbitrary<SortPattern> = fc
  .tuple(fc.constantFrom(...PATHS), direction, fc.option(direction, { nil: undefined }), direction)
  .map(([path, by, s, _id]) => ({ [path]: by, ...(s && path !== 's' && { s }), _id }))
