import { hashOf } from '../../lib/hash.ts'
import { randomFrom } from '../../lib/random.ts'
import type { DemoTag } from '../pictures/picture.ts'

/** An image as the service answers. */
export interface ListedImage {
  id: string
  title: string
  tags: string[]
  width: number
  height: number
  uploadedAt: string
}

/** An image that people see, with how much they like it. */
export interface Exhibit {
  id: string
  title: string
  tags: DemoTag[]
  /** When it was uploaded, in Unix ms. */
  since: number
  /** How many of those who are shown it look at it, compared to others. */
  appeal: number
  /** The mean of its ratings. */
  quality: number
  /** Whether it is so long that people scroll. */
  isLong: boolean
}

/** Returns an image with its appeal, which derives from the title. */
export function exhibitOf({ id, title, tags, width, height, uploadedAt }: ListedImage): Exhibit {
  const random = randomFrom(hashOf(title))
  const appeal = 0.6 + 1.5 * random() ** 2.5
  return {
    id,
    title,
    tags: tags as DemoTag[],
    since: Date.parse(uploadedAt),
    appeal,
    quality: Math.min(4.7, 2.5 + 0.75 * appeal + 1.1 * random()),
    isLong: Math.max(width / height, height / width) > 1.7,
  }
}
