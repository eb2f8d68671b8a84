import type { Top } from '../../api/types.ts'
import { count, decimal, duration, share } from '../../format/numbers.ts'

type Metric = Top['metric']

/** What images are ranked by; the first is the default. */
export const METRICS: { value: Metric; label: string }[] = [
  { value: 'view', label: 'Views' },
  { value: 'people', label: 'People' },
  { value: 'click', label: 'Clicks' },
  { value: 'ctr', label: 'Click-through rate' },
  { value: 'dwellMs', label: 'Dwell time' },
  { value: 'currentLikes', label: 'Likes' },
  { value: 'currentSaves', label: 'Saves' },
  { value: 'meanRating', label: 'Rating' },
  { value: 'download', label: 'Downloads' },
  { value: 'share', label: 'Shares' },
  { value: 'comment', label: 'Comments' },
]

const FORMATS: Partial<Record<Metric, (value: number) => string>> = {
  ctr: share,
  dwellMs: duration,
  meanRating: decimal,
}

/** Writes a number that images are ranked by. */
export function writeMetric(metric: Metric, value: number): string {
  return (FORMATS[metric] ?? count)(value)
}
