import type { ListedImage } from '../../../api/types.ts'
import { decimal, share, shortCount } from '../../../format/numbers.ts'
import type { Sort } from '../view/use-view.ts'

/** Returns the number that a list is sorted by, in words; undefined in a list by date, and for an image without the number. */
export function numberOf({ value }: ListedImage, sort: Sort): string | undefined {
  if (value == null) return undefined
  switch (sort) {
    case 'views':
      return `${shortCount(value)} ${value === 1 ? 'view' : 'views'}`
    case 'likes':
      return `${shortCount(value)} ${value === 1 ? 'like' : 'likes'}`
    case 'saves':
      return `${shortCount(value)} ${value === 1 ? 'save' : 'saves'}`
    case 'rating':
      return `${decimal(value)} of 5`
    case 'ctr':
      return `${share(value)} clicked`
    default:
      return undefined
  }
}
