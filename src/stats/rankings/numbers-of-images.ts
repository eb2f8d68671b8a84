import type { ByNumber, NumbersOf } from '../../images/catalogue/list-by-numbers.ts'
import type { Metric } from './metrics.ts'
import type { TopImages } from './top-images.ts'

const METRICS: Record<ByNumber, Metric> = {
  views: 'view',
  likes: 'currentLikes',
  saves: 'currentSaves',
  rating: 'meanRating',
  ctr: 'ctr',
}

/** Returns the function that ranks images for lists. */
export function numbersOfImages(tops: TopImages): NumbersOf {
  return (by, window) => tops.ranking(METRICS[by], window)
}
