import { hashOf } from '../../lib/hash.ts'
import { randomFrom } from '../../lib/random.ts'
import type { Paint } from './paint.ts'

/** Widths and heights in pixels, by their ratio. */
const SIZES = {
  '3:2': [1500, 1000],
  '2:3': [1000, 1500],
  '1:1': [1280, 1280],
  '16:9': [1760, 990],
  '4:5': [1200, 1500],
  '3:1': [2001, 667],
  '9:16': [900, 1600],
} as const

/** Tags of the pictures, by which people have their taste. */
export type DemoTag =
  | 'landscape'
  | 'mountains'
  | 'sea'
  | 'night'
  | 'pattern'
  | 'geometric'
  | 'botanical'
  | 'poster'
  | 'abstract'
  | 'warm'
  | 'cool'
  | 'monochrome'
  | 'minimal'

/** A picture of the demo, and what its owner writes about it. */
export interface Picture {
  title: string
  altText: string
  description?: string
  tags: DemoTag[]
  ratio: keyof typeof SIZES
  paint: Paint
  /** Of the file; JPEG without it. */
  format?: 'jpeg' | 'png' | 'webp'
  /** Which of the people owns it; without it the admin does. */
  owner?: number
  isPrivate?: true
}

/** Returns the file of a picture, always the same. */
export function fileOf({ title, ratio, paint, format = 'jpeg' }: Picture): Promise<Buffer> {
  const [width, height] = SIZES[ratio]
  return paint(randomFrom(hashOf(title)), { width, height })
    .toFormat(format, { quality: 86, palette: format === 'png' })
    .toBuffer()
}

/** Returns the name of the file of a picture, as in `first-light.jpg`. */
export function fileNameOf({ title, format = 'jpeg' }: Picture): string {
  const name = title.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  return `${name}.${format === 'jpeg' ? 'jpg' : format}`
}
