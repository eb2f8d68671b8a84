import type { Picture } from '../pictures/picture.ts'
import { LANDSCAPES } from './landscapes.ts'
import { PATTERNS } from './patterns.ts'
import { SHAPES } from './shapes.ts'

/** The pictures of the demo in the order of their upload, the kinds by turns. */
export const COLLECTION: Picture[] = LANDSCAPES.flatMap((_, i) =>
  [LANDSCAPES, PATTERNS, SHAPES].flatMap(pictures => pictures[i] ?? []),
)
